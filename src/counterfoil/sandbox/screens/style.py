"""The one style sheet of the face: light and dark by the reader's preference, no script, no outside file."""

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ground:#f3f5f7;--ink:#16222e;--soft:#5a6a79;--line:#d9e0e6;--accent:#0b62a8;
--good:#11684a;--good-ground:#e0f3ea;--bad:#9c2415;--bad-ground:#fce9e6;--warn:#7a5200;--warn-ground:#fdf0d3}
@media(prefers-color-scheme:dark){:root{--paper:#18222c;--ground:#0f161d;--ink:#e6edf3;--soft:#9cacba;--line:#2c3945;
--accent:#68b3f0;--good:#7ad3ad;--good-ground:#123327;--bad:#f5a397;--bad-ground:#3d1a15;--warn:#f0c97a;--warn-ground:#38290a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,"Segoe UI",Roboto,sans-serif}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
.banner{margin:0;padding:.4rem 1rem;background:var(--warn-ground);color:var(--warn);text-align:center;font-size:.85rem}
header{background:var(--paper);border-bottom:1px solid var(--line)}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;max-width:76rem;margin:0 auto;padding:.55rem 1rem}
.organisations{font-size:.85rem;padding-bottom:0}.organisations a{color:var(--soft)}
.organisations a[aria-current]{color:var(--ink);font-weight:650}
.sections a{padding:.2rem 0;color:var(--ink)}.sections a[aria-current]{box-shadow:0 2px 0 var(--accent);font-weight:600}
main{max-width:76rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1{font-size:1.45rem;margin:0 0 1rem;overflow-wrap:anywhere}h2{font-size:1rem;margin:1.75rem 0 .5rem}
.tools{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end;margin-bottom:.9rem}
.scroll{overflow-x:auto;background:var(--paper);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.45rem .8rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child td{border-bottom:0}tbody tr:hover{background:var(--ground)}
td:first-child{white-space:nowrap}
th{font-size:.8rem;font-weight:600;color:var(--soft);white-space:nowrap}.n{text-align:right;white-space:nowrap}
.pages{display:flex;gap:1rem;align-items:baseline;margin-top:.8rem;color:var(--soft)}
.empty{background:var(--paper);border:1px dashed var(--line);border-radius:8px;padding:1.5rem;color:var(--soft);text-align:center}
.pill{display:inline-block;padding:0 .5rem;border-radius:1rem;font-size:.8rem;font-weight:600;white-space:nowrap;
background:var(--ground);color:var(--soft);border:1px solid var(--line)}
.paid,.active,.billed{background:var(--good-ground);color:var(--good);border-color:transparent}
.overdue,.archived,.voided,.deleted,.gdprrequest{background:var(--bad-ground);color:var(--bad);border-color:transparent}
.draft,.submitted,.part{background:var(--warn-ground);color:var(--warn);border-color:transparent}
.two{display:grid;grid-template-columns:minmax(0,1fr) 17rem;gap:1.5rem;align-items:start}
.two th,.two td{padding-inline:.5rem}.two td:nth-child(2){min-width:9rem}.two .totals td{min-width:0}
@media(max-width:60rem){.two{grid-template-columns:minmax(0,1fr)}}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:0;background:var(--paper);
border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-line}
aside form{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:.8rem .9rem;margin:0 0 .8rem}
aside h2{margin:0 0 .5rem;font-size:.95rem}
label{display:block;font-size:.85rem;color:var(--soft);margin-bottom:.55rem}
input,select{display:block;width:100%;margin-top:.15rem;font:inherit;color:var(--ink);background:var(--paper);
border:1px solid var(--soft);border-radius:6px;padding:.35rem .5rem;height:2.1rem}
.tools label{margin:0}.tools button{padding:.36rem .9rem}.tools input{min-width:15rem}
button{font:inherit;font-weight:600;padding:.4rem .9rem;border-radius:6px;border:1px solid var(--accent);
background:var(--paper);color:var(--accent);cursor:pointer}
button.danger{border-color:var(--bad);color:var(--bad)}
:focus-visible{outline:3px solid #e69a00;outline-offset:2px}
.done,.refused{border-radius:8px;padding:.65rem .9rem;margin:0 0 1rem}
.done{background:var(--good-ground);color:var(--good)}.refused{background:var(--bad-ground);color:var(--bad)}
.refused ul{margin:.25rem 0 0;padding-left:1.2rem}
.totals td{border-bottom:0;padding:.2rem .8rem}.totals{width:auto;margin:.75rem 0 0 auto}
.totals tr:last-child td{font-weight:650;border-top:1px solid var(--line)}
"""
