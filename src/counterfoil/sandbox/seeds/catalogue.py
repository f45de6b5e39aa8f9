"""What the invented wholesaler sells and buys: eighty products, as rows. Data only; ``uk.py`` makes items of it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Product:
    """One product row.

    ``tax`` is the sales tax: S standard, R reduced (domestic fuel), Z zero (food, books). ``kind`` says how it
    lives in the books: T tracked stock, U bought and sold untracked, S sold only (a service), P bought only.
    """

    code: str
    name: str
    price: Decimal
    cost: Decimal
    tax: str
    kind: str
    text: str


_ROWS = """
MUG-ST-01|Stoneware mug, sea blue|7.95|3.10|S|T|Hand-dipped stoneware mug, 350 ml, sea blue glaze. Dishwasher safe.
MUG-ST-02|Stoneware mug, oatmeal|7.95|3.10|S|T|Hand-dipped stoneware mug, 350 ml, oatmeal glaze. Dishwasher safe.
MUG-ST-03|Stoneware mug, moss|7.95|3.10|S|T|Hand-dipped stoneware mug, 350 ml, moss green glaze. Dishwasher safe.
BOWL-ST-01|Stoneware bowl 16 cm|9.50|3.85|S|T|Cereal bowl, 16 cm, reactive glaze; every piece differs a little.
PLATE-ST-27|Stoneware plate 27 cm|11.25|4.60|S|T|Dinner plate, 27 cm, oatmeal with a bare rim.
TEAPOT-4C|Teapot, four cup|24.50|10.20|S|T|Four-cup stoneware teapot with a stainless steel infuser.
TEAPOT-2C|Teapot, two cup|18.50|7.80|S|T|Two-cup stoneware teapot with a stainless steel infuser.
JUG-ENM-1L|Enamel jug 1 litre|12.00|4.95|S|T|White enamel jug with a navy rim, one litre.
COL-ENM-24|Enamel colander 24 cm|16.75|7.15|S|T|White enamel colander with a navy rim, 24 cm.
PIE-ENM-20|Enamel pie dish 20 cm|8.40|3.35|S|T|Oblong pie dish in white enamel, 20 cm.
BOARD-OAK-S|Oak board, small|14.95|6.20|S|T|Oiled oak chopping board, 25 x 15 cm, with leather loop.
BOARD-OAK-L|Oak board, large|29.95|13.40|S|T|Oiled oak chopping board, 45 x 28 cm, with leather loop.
THROW WOOL GREY|Wool throw, lake grey|54.00|27.50|S|T|Recycled wool throw, 130 x 180 cm, herringbone, lake grey.
THROW WOOL RUST|Wool throw, rust|54.00|27.50|S|T|Recycled wool throw, 130 x 180 cm, herringbone, rust.
LANT-GAL-M|Galvanised lantern|22.00|9.60|S|T|Storm lantern in galvanised steel for a pillar candle.
CAN-GDN-5L|Watering can 5 litre|19.50|8.75|S|T|Galvanised watering can with a brass rose, five litres.
TWINE-JUTE|Jute garden twine|3.25|1.05|S|T|Natural jute twine on a wooden spool, 100 m.
GLOVE-GDN-M|Gardening gloves, medium|11.50|4.90|S|T|Tough-palm gardening gloves with a suede cuff, medium.
GLOVE-GDN-L|Gardening gloves, large|11.50|4.90|S|T|Tough-palm gardening gloves with a suede cuff, large.
TROWEL-ASH|Hand trowel, ash handle|13.50|5.80|S|T|Stainless steel hand trowel with an ash handle.
FORK-ASH|Hand fork, ash handle|13.50|5.80|S|U|Stainless steel hand fork with an ash handle.
DIBBER|Dibber, ash|6.75|2.60|S|U|Turned ash dibber with depth marks.
POT-TC-12|Terracotta pot 12 cm|2.40|0.85|S|U|Frost-resistant terracotta pot, 12 cm.
POT-TC-20|Terracotta pot 20 cm|5.60|2.10|S|U|Frost-resistant terracotta pot, 20 cm.
POT-TC-30|Terracotta pot 30 cm|12.90|5.25|S|U|Frost-resistant terracotta pot, 30 cm.
SAUCER-TC-20|Terracotta saucer 20 cm|2.95|1.10|S|U|Saucer for the 20 cm pot.
SEED-TIN|Seed tin with dividers|15.95|6.90|S|U|Steel tin with month dividers, sage green.
FEED-ROBIN|Robin feeder|8.95|3.60|S|U|Ground feeder with drainage, for robins and blackbirds.
NEST-BOX|Nest box, 32 mm|17.50|7.70|S|U|Larch nest box with a 32 mm entrance.
BEE-HOUSE|Bee house|14.25|6.05|S|U|Bamboo and cedar house for solitary bees.
CNDL-PIL-10|Pillar candle 10 cm|4.95|1.90|S|U|Rapeseed wax pillar candle, 10 x 7 cm, ivory.
CNDL-PIL-15|Pillar candle 15 cm|6.95|2.75|S|U|Rapeseed wax pillar candle, 15 x 7 cm, ivory.
CNDL-TIN-FIG|Tin candle, fig|8.50|3.15|S|U|Rapeseed wax candle in a tin, fig and cedar, 30 hours.
CNDL-TIN-MINT|Tin candle, mint|8.50|3.15|S|U|Rapeseed wax candle in a tin, garden mint, 30 hours.
CNDL-DIN-6|Dinner candles, six|9.75|3.80|S|U|Six dinner candles, 25 cm, ivory.
MATCH-BTL|Matches in a bottle|6.50|2.35|S|U|One hundred long matches in a corked bottle with striker.
TOWEL-LIN-NAT|Linen tea towel, natural|9.25|3.95|S|U|Washed linen tea towel, 50 x 70 cm, natural.
TOWEL-LIN-NVY|Linen tea towel, navy|9.25|3.95|S|U|Washed linen tea towel, 50 x 70 cm, navy stripe.
APRON-LIN|Linen apron|24.00|10.80|S|U|Cross-back apron in washed linen, one size.
NAPKIN-4|Linen napkins, four|21.50|9.40|S|U|Four washed linen napkins, 45 cm.
OVEN-GLV|Double oven glove|12.75|5.30|S|U|Quilted cotton double oven glove, ticking stripe.
BASKET-WIL-M|Willow basket, medium|26.50|12.10|S|U|Buff willow log basket with rope handles, 40 cm.
BASKET-WIL-L|Willow basket, large|38.00|17.90|S|U|Buff willow log basket with rope handles, 55 cm.
TRUG-OAK|Oak trug|34.50|16.25|S|U|Sussex-pattern trug in oak and willow, 45 cm.
DOORMAT-60|Coir doormat 60 cm|17.95|7.60|S|U|Heavy coir doormat, 60 x 40 cm, natural.
HOOK-IRON-3|Iron hooks, set of three|7.80|2.95|S|U|Hand-forged iron coat hooks with screws.
CLOCK-KIT|Kitchen clock|32.00|14.70|S|U|Steel kitchen clock, 30 cm, silent movement.
JAR-CLIP-1L|Clip-top jar 1 litre|4.20|1.55|S|U|Glass storage jar with rubber seal, one litre.
JAR-CLIP-2L|Clip-top jar 2 litre|5.60|2.10|S|U|Glass storage jar with rubber seal, two litres.
SCALE-KIT|Kitchen scales|39.50|18.60|S|U|Mechanical kitchen scales, 5 kg, enamel pan.
WHISK-BAL|Balloon whisk|6.25|2.30|S|U|Steel balloon whisk with a beech handle.
PIN-ROLL|Rolling pin|8.95|3.45|S|U|Solid beech rolling pin, 40 cm.
SPOON-3|Wooden spoons, three|7.20|2.65|S|U|Three cherry wood spoons, tied.
TEA-BRK-250|Breakfast tea 250 g|6.80|3.20|Z|U|Loose breakfast blend, 250 g caddy.
TEA-EG-250|Earl grey 250 g|7.10|3.35|Z|U|Loose earl grey, 250 g caddy.
TEA-CHAM-50|Chamomile 50 g|4.95|2.15|Z|U|Whole-flower chamomile, 50 g.
COFFEE-HSE|House coffee 227 g|7.45|4.10|Z|U|House blend, whole bean, 227 g.
OAT-CAKE|Oatcakes, box|2.65|1.30|Z|U|Rough oatcakes, box of 200 g.
HONEY-HTH|Heather honey 340 g|8.90|4.95|Z|U|Heather honey, 340 g jar.
MARM-SEV|Seville marmalade|4.35|2.05|Z|U|Thick-cut Seville marmalade, 340 g jar.
CHUT-ONION|Onion chutney|4.10|1.95|Z|U|Red onion chutney, 280 g jar.
BOOK-GDN|The Small Garden Year|14.99|7.50|Z|U|Hardback, 192 pages, a month-by-month guide to a small garden.
BOOK-BREAD|Bread at Home|16.99|8.50|Z|U|Hardback, 224 pages, forty loaves and what went wrong with them.
BOOK-TEA|A Pot of Tea|9.99|5.00|Z|U|Paperback, 128 pages.
CARD-BOT-8|Botanical cards, eight|7.50|2.85|S|U|Eight blank cards with envelopes, four designs.
WRAP-KRAFT|Kraft gift wrap 10 m|5.95|2.20|S|U|Recycled kraft paper, 70 cm x 10 m.
BAG-PAPER|Paper carrier, small|0.0875|0.0375|S|U|Brown paper carrier with twisted handles, 18 cm. Priced each, sold in hundreds.
LOGS-NET|Kiln-dried logs, net|7.25|4.60|R|U|Kiln-dried birch logs, net of about 9 kg.
KINDLING|Kindling, net|4.50|2.55|R|U|Kiln-dried softwood kindling, net of about 4 kg.
FIRELIGHT|Natural firelighters|5.25|2.40|R|U|Wood wool firelighters, box of 32.
DELIVERY|Delivery|12.50|0|S|S|Carriage, one parcel, mainland.
DELIVERY-PAL|Delivery, pallet|68.00|0|S|S|Carriage, one pallet, mainland.
GIFTWRAP|Gift wrapping|3.50|0|S|S|Gift wrapping with a written card.
DISPLAY-DAY|Shop display day|320.00|0|S|S|A day in your shop to build a seasonal display.
SAMPLE-BOX|Sample box|45.00|0|S|S|One of each from this season's kitchen range.
PK-CARTON-M|Carton, medium|1.15|0.62|S|P|Double-wall carton 40 x 30 x 30 cm.
PK-CARTON-L|Carton, large|1.60|0.94|S|P|Double-wall carton 60 x 40 x 40 cm.
PK-TAPE|Paper tape, roll|3.10|1.85|S|P|Gummed paper tape, 50 m.
PK-WRAP|Pallet wrap|8.20|5.40|S|P|Recycled pallet wrap, 400 m.
PK-VOID|Paper void fill|12.40|7.95|S|P|Paper void fill, 15 kg box.
"""


def products() -> list[Product]:
    """All eighty rows, in the order of the price list."""
    return [_product(row) for row in _ROWS.strip().splitlines()]


def _product(row: str) -> Product:
    code, name, price, cost, tax, kind, text = row.split("|")
    return Product(code, name, Decimal(price), Decimal(cost), tax, kind, text)
