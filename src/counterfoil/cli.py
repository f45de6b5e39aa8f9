"""The `counterfoil` command."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from counterfoil import __version__

app = typer.Typer(
    help="Counterfoil: a CRM for businesses that keep their books in Xero.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command that was typed."""
    app(prog_name="counterfoil")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
def demo(
    headless_check: Annotated[
        bool,
        typer.Option("--headless-check", help="Run the whole journey unattended and compare all counts."),
    ] = False,
    recorded: Annotated[
        Path | None,
        typer.Option(help="Use recorded Xero answers in this folder instead of the invented company."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the CRM.")] = 8000,
    sandbox_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the stand-in Xero.")] = 8100,
    home: Annotated[
        Path | None,
        typer.Option(
            help="Keep the CRM's data in this folder; the stand-in begins anew each time, so connect again. "
            "Default: a fresh one each time."
        ),
    ] = None,
    invoices: Annotated[
        int | None, typer.Option(min=0, help="A generated company with this many invoices.")
    ] = None,
    contacts: Annotated[int | None, typer.Option(min=1, help="… and this many contacts.")] = None,
) -> None:
    """Start a stand-in Xero and the CRM beside it, ready to click through."""
    from counterfoil.project.demo import DemoOptions, demo_run

    options = DemoOptions(
        headless_check=headless_check,
        recorded=recorded,
        port=port,
        sandbox_port=sandbox_port,
        home=home,
        invoices=invoices,
        contacts=contacts,
    )
    raise typer.Exit(demo_run(options))


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    runner: Annotated[bool, typer.Option(help="Also run the sync in this process.")] = True,
) -> None:
    """Serve the CRM and keep it in step with Xero."""
    from counterfoil.project.start import django_start

    django_start()
    from counterfoil.project.serving import serve_until_stopped

    serve_until_stopped(host=host, port=port, runner=runner)


@app.command()
def worker() -> None:
    """Keep the CRM in step with Xero without serving pages; any number may run."""
    from counterfoil.project.start import django_start

    django_start()
    from counterfoil.project.working import work_until_stopped

    work_until_stopped()


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def sandbox(context: typer.Context) -> None:
    """Run the stand-in Xero alone (see `counterfoil sandbox --help`)."""
    from counterfoil.sandbox.server import main as sandbox_main

    raise typer.Exit(sandbox_main(context.args))


@app.command()
def sync(
    once: Annotated[bool, typer.Option("--once", help="One pass over every connection, then stop.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on, pass after pass, until Ctrl+C.")] = False,
) -> None:
    """Read from Xero, with progress in the terminal."""
    if once == watch:
        sys.exit("Say either --once or --watch.")
    from counterfoil.project.start import django_start

    django_start()
    from counterfoil.project.terminal import sync_in_terminal

    raise typer.Exit(sync_in_terminal(watch=watch))


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Say how the link to Xero stands, per operating company. Exit status 1 when one is red."""
    from counterfoil.project.start import django_start

    django_start()
    from counterfoil.project.terminal import status_lines

    lines, data, red = status_lines(dt.datetime.now(dt.UTC))
    print(json.dumps(data, default=str) if as_json else "\n".join(lines))
    raise typer.Exit(1 if red else 0)


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    most: Annotated[int, typer.Option(help="Print at most this many differences.")] = 100,
) -> None:
    """Compare the CRM with Xero. Exit status 0: they agree, 1: they differ, 2: could not compare."""
    from counterfoil.project.start import django_start

    django_start()
    from counterfoil.project.verifying import verify_in_terminal

    raise typer.Exit(verify_in_terminal(as_json=as_json, most=most))


@app.command()
def repair(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    most: Annotated[int, typer.Option(help="Print at most this many differences.")] = 100,
) -> None:
    """Read again just what the last comparison found to differ. Exit status as `verify`."""
    from counterfoil.project.start import django_start

    django_start()
    from counterfoil.project.verifying import repair_in_terminal

    raise typer.Exit(repair_in_terminal(as_json=as_json, most=most))


@app.command("rotate-keys")
def rotate_keys() -> None:
    """Give the stored tokens a new key, in two steps; says what to do between them."""
    from counterfoil.project.start import django_start

    django_start()
    from counterfoil.project.rotating import rotate_keys as rotate

    raise typer.Exit(rotate())


@app.command()
def createadmin(
    email: Annotated[str, typer.Option(prompt="E-mail address")],
    company: Annotated[str, typer.Option(prompt="Name of the operating company")],
    name: Annotated[str, typer.Option(help="Your name.")] = "",
    password: Annotated[
        str,
        typer.Option(
            prompt="Password", hide_input=True, confirmation_prompt=True, envvar="CREATEADMIN_PASSWORD"
        ),
    ] = "",
) -> None:
    """Make an administrator and, when it is new, their operating company."""
    from counterfoil.project.start import django_start

    django_start()
    from counterfoil.project.terminal import administrator_create

    raise typer.Exit(administrator_create(email=email, company=company, name=name, password=password))


if __name__ == "__main__":
    main()
