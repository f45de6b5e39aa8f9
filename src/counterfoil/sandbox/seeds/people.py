"""Names, places and numbers of the invented wholesaler's contacts. Data only: nobody in here exists.

Telephone numbers lie in the ranges Ofcom keeps for drama; mail domains end in ``.example`` (RFC 2606).
"""

from typing import NamedTuple


class Place(NamedTuple):
    """A town as it would stand on an envelope."""

    city: str
    region: str
    postal_code: str
    country: str


UK_PLACES = [
    Place("Kendal", "Cumbria", "LA9 4XX", "United Kingdom"),
    Place("Hebden Bridge", "West Yorkshire", "HX7 8AA", "United Kingdom"),
    Place("Ludlow", "Shropshire", "SY8 1ZZ", "United Kingdom"),
    Place("Whitby", "North Yorkshire", "YO21 3XY", "United Kingdom"),
    Place("Totnes", "Devon", "TQ9 5XQ", "United Kingdom"),
    Place("Frome", "Somerset", "BA11 1XE", "United Kingdom"),
    Place("Pitlochry", "Perthshire", "PH16 5XB", "United Kingdom"),
    Place("Melrose", "Scottish Borders", "TD6 9XJ", "United Kingdom"),
    Place("Hay-on-Wye", "Powys", "HR3 5XP", "United Kingdom"),
    Place("Conwy", "", "LL32 8XT", "United Kingdom"),
    Place("Southwold", "Suffolk", "IP18 6XF", "United Kingdom"),
    Place("Rye", "East Sussex", "TN31 7XH", "United Kingdom"),
    Place("Bakewell", "Derbyshire", "DE45 1XZ", "United Kingdom"),
    Place("Alnwick", "Northumberland", "NE66 1XQ", "United Kingdom"),
    Place("Saltaire", "West Yorkshire", "BD18 3XW", "United Kingdom"),
    Place("Newry", "County Down", "BT34 2XD", "United Kingdom"),
]

UK_CUSTOMERS = [
    "Alder & Ash Homestore",
    "Badger Lane Farm Shop",
    "Bracken Hill Garden Centre",
    "The Brass Kettle Café",
    "Calder Valley Kitchens",
    "Candlewick & Daughters",
    "Cobble & Slate",
    "Copperbeech Gifts Ltd",
    "Cow Parsley Flowers",
    "Crab Apple Deli",
    "Dovecote Interiors Ltd",
    "Driftwood & Tide",
    "Eight Bells Stores",
    "Fellside Village Shop",
    "Fennel & Fig",
    "Ferryman's Rest Hotel",
    "Finch & Fern Garden Rooms",
    "Foxglove Nurseries Ltd",
    "Gannet Rock Gallery",
    "Gooseberry Green",
    "Greystone Hall Trading Ltd",
    "Hart & Hollow",
    "Harbourside Homes",
    "The Hen House Larder",
    "Hollins Mill Shop",
    "Honeysuckle Yard",
    "Inkberry Books & Gifts",
    "Ivy Bridge Garden Supplies",
    "Juniper Street Kitchen",
    "Kestrel Ridge Outdoor Ltd",
    "Kiln Lane Pottery Shop",
    "Larkrise Lifestyle",
    "The Lemon Tree Emporium",
    "Limestone & Loom",
    "Little Acorn Gifts",
    "Maltings Market Hall",
    "Marsh Harrier Trading",
    "Meadowsweet Tea Rooms",
    "Mill Race Antiques & Home",
    "Moorland Mercantile Ltd",
    "Nettle & Rose",
    "Nine Elms Nursery",
    "Oak Apple Farm Shop",
    "Old Customs House Gifts",
    "Otter's Holt Campsite Shop",
    "Parsonage Plants",
    "Pebble & Plume",
    "Pennine Pantry Ltd",
    "Quince & Co",
    "Ravenscar Visitor Centre",
    "Rook & Rowan",
    "Saddlers Yard Homeware",
    "Sheepfold Shop",
    "Snowdrop Cottage Crafts",
    "Speckled Hen Stores",
    "Tinker's Cross Hardware",
    "Upper Reach Boathouse",
    "Wagtail & Wren Ltd",
    "Watermill Kitchen Shop",
    "The Worshipful Company of Kitchen Gardeners, Potting Sheds and Allotment Suppliers of the Northern Dales",
]

EU_CUSTOMERS = [
    ("Grünfeld Wohnen GmbH", "DE", Place("Münster", "", "48143", "Germany")),
    ("Haus am Deich e.K.", "DE", Place("Husum", "", "25813", "Germany")),
    ("Le Potager de Margaux SARL", "FR", Place("Nîmes", "", "30000", "France")),
    ("Épicerie du Canal", "FR", Place("Strasbourg", "", "67000", "France")),
    ("Corrib House & Garden Ltd", "IE", Place("Galway", "Co. Galway", "H91 XX00", "Ireland")),
    ("Lough Side Stores", "IE", Place("Sligo", "Co. Sligo", "F91 XX00", "Ireland")),
    ("Tuin & Tafel B.V.", "NL", Place("Haarlem", "", "2011 XX", "Netherlands")),
    ("De Blauwe Theepot BV", "BE", Place("Gent", "", "9000", "Belgium")),
]

WORLD_CUSTOMERS = [
    ("Prairie Porch Goods LLC", "USD", Place("Madison", "WI", "53703", "United States")),
    ("Harbor & Hearth Inc.", "USD", Place("Portland", "ME", "04101", "USA")),
    ("Alpenkräuter Handels AG", "EUR", Place("Chur", "GR", "7000", "Switzerland")),
    ("Wattlebird Homewares Pty", "GBP", Place("Daylesford", "VIC", "3460", "Australia")),
]

SUPPLIERS = [
    ("Longshaw Stoneware Ltd", "GB"),
    ("Tideway Enamel Works Ltd", "GB"),
    ("Bluebell Oak Turnery", "GB"),
    ("Three Becks Woollen Mill Ltd", "GB"),
    ("Brightwater Galvanising Co", "GB"),
    ("Hopwood Willow", "GB"),
    ("Candle Yard Ltd", "GB"),
    ("Fellgate Foods Ltd", "GB"),
    ("Northgate Cartons Ltd", "GB"),
    ("Drovers Haulage", "GB"),
    ("Beckside Electricity", "GB"),
    ("Lantern Software Ltd", "GB"),
    ("Warp & Weft Linen Ltd", "GB"),
    ("Highfold Estates", "GB"),
    ("Leinenweberei Auerbach GmbH", "DE"),
    ("Terracotta Impronta Srl", "IT"),
    ("Vlas & Linnen NV", "BE"),
    ("Bamboo Bridge Trading Co", "CN"),
]

BOTH = [
    "Dales Print & Paper Ltd",
    "Greenlane Nursery & Landscapes",
    "Kirkstone Timber",
    "Mossbank Honey Farm",
    "Ribble Ridge Roasters Ltd",
    "Sparrowhawk Signs",
    "The Tea Chest Company Ltd",
    "Windermoor Logs",
]

PRIVATE_PEOPLE = [
    ("Agnes", "Thornbury"),
    ("Basil", "Oxenholme"),
    ("Clemency", "Rydale"),
    ("Dev", "Malhamdale"),
    ("Eilidh", "Strathbeck"),
    ("Fergus", "Lochanside"),
    ("Gwenllian", "Cwmbrook"),
    ("Hamish", "Glenfern"),
    ("Imogen", "Saltmarsh"),
    ("Jago", "Trevenwick"),
    ("Kezia", "O'Larkin"),
    ("Lionel", "Featherstow"),
    ("Maeve", "Ballyfern"),
    ("Nadia", "Al-Qamarin"),
]

NEITHER = [
    "New Enquiry: Potter's Wheel Café",
    "Primrose Bank School PTA",
    "Quayside Pop-up",
    "Sycamore Weddings",
]

STAFF_FIRST = [
    "Alix",
    "Bryony",
    "Callum",
    "Delia",
    "Edwin",
    "Freya",
    "Gareth",
    "Hattie",
    "Ishan",
    "Jocelyn",
    "Kit",
    "Lowri",
]
STAFF_LAST = [
    "Ambleforth",
    "Birkrigg",
    "Coldwell",
    "Dunnerdale",
    "Eskholme",
    "Fosdyke",
    "Gillbeck",
    "Hawkrigg",
]

STREETS = [
    "Mill Lane",
    "High Street",
    "Church Walk",
    "Station Yard",
    "Market Place",
    "Castle Street",
    "The Shambles",
    "Quay Road",
    "Back Lane",
    "Canal Wharf",
    "Priory Road",
    "Green End",
]
