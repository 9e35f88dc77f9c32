//! Who comes to the shop and what they look at: the facts that the spans of one trace share.

use super::rng::Rng;
use std::fmt;

/// People who have an account.
const USERS: u64 = 420_000;
/// Things on sale.
const PRODUCTS: u64 = 4_000;

static COLOURS: [&str; 12] = [
    "red", "green", "blue", "black", "white", "grey", "yellow", "brown", "violet", "orange",
    "teal", "pink",
];
static MATERIALS: [&str; 10] =
    ["wool", "linen", "cotton", "leather", "silk", "denim", "oak", "steel", "glass", "ceramic"];
static THINGS: [&str; 20] = [
    "scarf", "jacket", "lamp", "bowl", "chair", "shirt", "mug", "vase", "belt", "bag", "table",
    "hat", "blanket", "cushion", "shelf", "clock", "tray", "rug", "curtain", "boots",
];
static TENANTS: [&str; 8] = [
    "nordic-home",
    "atelier",
    "outlet",
    "kidscorner",
    "greenline",
    "megastore",
    "vintage",
    "studio12",
];
static CITIES: [(&str, &str); 10] = [
    ("Lisbon", "PT"),
    ("Kraków", "PL"),
    ("Leipzig", "DE"),
    ("Gent", "BE"),
    ("Toulouse", "FR"),
    ("Malmö", "SE"),
    ("Bologna", "IT"),
    ("Cork", "IE"),
    ("Graz", "AT"),
    ("Tartu", "EE"),
];
static AGENTS: [&str; 12] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "ShopApp/7.4.0 (iOS 18.1; iPhone16,2)",
    "ShopApp/7.4.0 (Android 15; SM-S921B)",
    "ShopApp/7.3.2 (Android 14; Pixel 7)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.5.0",
];

/// Facts that all spans of a trace agree on.
#[derive(Clone, Copy)]
pub struct Visit {
    pub user: u64,
    pub product: u64,
    pub order: u64,
    pub items: u32,
    pub cents: u64,
    pub address: [u8; 4],
    agent: usize,
    city: usize,
    words: usize,
}

impl Visit {
    /// A visit by somebody.
    pub fn new(rng: &mut Rng) -> Self {
        let items = rng.repeats(40);
        Visit {
            user: rng.popular(USERS),
            product: rng.popular(PRODUCTS),
            order: rng.below(1 << 40),
            items,
            cents: u64::from(items) * rng.between(199, 8999),
            address: (rng.bits() as u32 | 0x0800_0000).to_be_bytes(),
            agent: rng.popular(AGENTS.len() as u64) as usize,
            city: rng.below(CITIES.len() as u64) as usize,
            words: rng.popular((COLOURS.len() * THINGS.len()) as u64) as usize,
        }
    }

    /// Looks at another product.
    pub fn next_product(&mut self, rng: &mut Rng) {
        self.product = rng.popular(PRODUCTS);
    }

    /// Whether the visitor's device watches its own requests, which adds to `tracestate`.
    pub fn has_monitor(&self) -> bool {
        self.address[3] < 12
    }

    /// Whose shop it is.
    pub fn tenant(&self) -> &'static str {
        TENANTS[(self.user % TENANTS.len() as u64) as usize]
    }

    /// The browser or program of the visitor.
    pub fn agent(&self) -> &'static str {
        AGENTS[self.agent]
    }

    /// City and country of the visitor.
    pub fn city(&self) -> (&'static str, &'static str) {
        CITIES[self.city]
    }

    /// What the visitor searches for.
    pub fn words(&self) -> (&'static str, &'static str) {
        (COLOURS[self.words % COLOURS.len()], THINGS[self.words / COLOURS.len()])
    }

    /// What the product is: colour, material, thing.
    pub fn product_words(&self) -> [&'static str; 3] {
        let pick = |from: &[&'static str], divisor: u64| {
            from[(self.product / divisor % from.len() as u64) as usize]
        };
        [pick(&COLOURS, 1), pick(&MATERIALS, 12), pick(&THINGS, 120)]
    }

    /// The path that `route` stands for in this visit.
    pub fn path<'a>(&'a self, route: &'a str) -> Path<'a> {
        Path { visit: self, route }
    }
}

/// A route with its parameter filled in.
pub struct Path<'a> {
    visit: &'a Visit,
    route: &'a str,
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((before, parameter)) = self.route.split_once('{') else {
            return f.write_str(self.route);
        };
        f.write_str(before)?;
        let visit = self.visit;
        match parameter {
            "slug}" => {
                let [colour, material, thing] = visit.product_words();
                write!(f, "{}-{colour}-{material}-{thing}", visit.product)
            }
            "order}" => write!(f, "o-{:010x}", visit.order),
            "key}" => write!(f, "p{}.webp", visit.product),
            _ => write!(f, "{}", visit.product),
        }
    }
}
