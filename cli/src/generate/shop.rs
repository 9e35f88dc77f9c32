//! The shop whose traffic is generated: its services, what they do, and what that calls.
//!
//! The tables are the model. A trace begins at an operation of [`VISITS`] (or with a message that an
//! earlier trace published) and follows the calls from there; the service graph has no cycle.

use Service::*;
use Subject::*;
use Work::*;

/// A service; the number is its place in [`SERVICES`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Frontend,
    MobileApi,
    Gateway,
    Auth,
    Accounts,
    Catalog,
    Search,
    Recommendations,
    Reviews,
    Cart,
    Pricing,
    Inventory,
    Checkout,
    Payments,
    Fraud,
    Orders,
    Shipping,
    Notifications,
    Fulfilment,
    Media,
}

/// What a service is written in; decides SDK, instrumentation names and stack traces.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Go,
    Java,
    Nodejs,
    Python,
    Dotnet,
}

/// How a service is deployed.
pub struct Deployment {
    pub name: &'static str,
    pub version: &'static str,
    pub language: Language,
    pub port: u16,
    pub instances: u8,
}

const fn deploy(
    name: &'static str,
    version: &'static str,
    language: Language,
    port: u16,
    instances: u8,
) -> Deployment {
    Deployment { name, version, language, port, instances }
}

/// All services, in the order of [`Service`].
pub static SERVICES: [Deployment; 20] = [
    deploy("frontend", "5.12.0", Language::Nodejs, 3000, 6),
    deploy("mobile-api", "3.4.1", Language::Nodejs, 3001, 4),
    deploy("gateway", "2.9.3", Language::Go, 8080, 6),
    deploy("auth", "1.18.0", Language::Go, 9001, 4),
    deploy("accounts", "4.0.7", Language::Java, 9002, 3),
    deploy("catalog", "2.31.0", Language::Go, 9003, 5),
    deploy("search", "3.8.2", Language::Java, 9004, 4),
    deploy("recommendations", "0.27.5", Language::Python, 9005, 4),
    deploy("reviews", "1.6.4", Language::Nodejs, 9006, 2),
    deploy("cart", "2.2.0", Language::Dotnet, 9007, 4),
    deploy("pricing", "1.11.9", Language::Go, 9008, 3),
    deploy("inventory", "6.3.1", Language::Java, 9009, 3),
    deploy("checkout", "2.14.2", Language::Go, 9010, 3),
    deploy("payments", "7.1.0", Language::Java, 9011, 3),
    deploy("fraud", "0.9.8", Language::Python, 9012, 2),
    deploy("orders", "5.5.3", Language::Java, 9013, 3),
    deploy("shipping", "1.3.6", Language::Dotnet, 9014, 2),
    deploy("notifications", "2.0.1", Language::Nodejs, 9015, 2),
    deploy("fulfilment", "3.7.0", Language::Python, 9016, 3),
    deploy("media", "1.0.12", Language::Go, 9017, 3),
];

impl Service {
    /// How it is deployed.
    pub fn deployment(self) -> &'static Deployment {
        &SERVICES[self as usize]
    }
}

/// What kind of work an operation is; decides the span's kind and its attributes from the semantic
/// conventions. Method, route, table and the like are read from the operation's name.
#[derive(Clone, Copy)]
pub enum Work {
    /// Serves an HTTP request; the name is `METHOD route`.
    Http,
    /// Serves a gRPC call; the name is `service/method`.
    Rpc,
    /// Asks PostgreSQL; the name is `OPERATION schema.table`, this is the statement.
    Sql(&'static str),
    /// Asks Redis; the name is the command, this is what keys begin with.
    Redis(&'static str),
    /// Asks a server outside of the shop; the name is the HTTP method, this is host and path.
    Fetch(&'static str, &'static str),
    /// Publishes a message; the name is `topic publish`, this is what consumes it.
    Publish(&'static Operation),
    /// Processes up to so many messages; the name is `topic process`.
    Process(u8),
    /// A step inside a service.
    Step,
}

/// What an operation is about; decides the shop's own attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Nothing,
    Visitor,
    Product,
    Query,
    Basket,
    Stock,
    Order,
    Payment,
    Risk,
    Parcel,
    Flags,
    Cache,
}

/// Something that happens in one span.
pub struct Operation {
    pub name: &'static str,
    pub work: Work,
    /// The service that is called over the network for it; `None` if the caller does it itself.
    pub at: Option<Service>,
    pub subject: Subject,
    /// Median of the time it takes without its calls.
    pub micros: u32,
    pub calls: &'static [Call],
}

impl Operation {
    /// The two words of the name, as [`Work`] says.
    pub fn words(&self, separator: char) -> (&'static str, &'static str) {
        self.name.split_once(separator).unwrap_or((self.name, ""))
    }
}

/// A call of one operation by another.
pub struct Call {
    pub to: &'static Operation,
    /// How many of a thousand times it happens.
    pub permille: u16,
    pub times: Times,
}

/// How often a call repeats when it happens.
#[derive(Clone, Copy)]
pub enum Times {
    Once,
    /// One after the other, mostly few, at most so many.
    Loop(u32),
    /// All at once, mostly few, at most so many.
    FanOut(u32),
    /// One after the other, any number from the first to the second alike.
    Bulk(u32, u32),
}

const fn once(to: &'static Operation) -> Call {
    Call { to, permille: 1000, times: Times::Once }
}

const fn maybe(permille: u16, to: &'static Operation) -> Call {
    Call { to, permille, times: Times::Once }
}

const fn each(max: u32, to: &'static Operation) -> Call {
    Call { to, permille: 1000, times: Times::Loop(max) }
}

const fn fan_out(max: u32, to: &'static Operation) -> Call {
    Call { to, permille: 1000, times: Times::FanOut(max) }
}

const fn bulk(least: u32, most: u32, to: &'static Operation) -> Call {
    Call { to, permille: 1000, times: Times::Bulk(least, most) }
}

type Calls = &'static [Call];

/// An operation of a service that others call.
const fn serve(
    at: Service,
    work: Work,
    name: &'static str,
    subject: Subject,
    micros: u32,
    calls: Calls,
) -> Operation {
    Operation { name, work, at: Some(at), subject, micros, calls }
}

/// An operation inside whichever service needs it.
const fn local(work: Work, name: &'static str, subject: Subject, micros: u32) -> Operation {
    Operation { name, work, at: None, subject, micros, calls: &[] }
}

/// A step with calls of its own.
const fn step(name: &'static str, subject: Subject, micros: u32, calls: Calls) -> Operation {
    Operation { name, work: Step, at: None, subject, micros, calls }
}

// Stores.
static SELECT_PRODUCT: Operation = local(
    Sql("SELECT id, name, price, tags FROM products WHERE id = $1"),
    "SELECT shop.products",
    Nothing,
    1400,
);
static SELECT_USER: Operation =
    local(Sql("SELECT * FROM users WHERE id = $1"), "SELECT shop.users", Visitor, 900);
static SELECT_REVIEWS: Operation = local(
    Sql("SELECT stars, text FROM reviews WHERE product_id = $1 ORDER BY created DESC LIMIT 20"),
    "SELECT shop.reviews",
    Nothing,
    3200,
);
static SELECT_PRICES: Operation = local(
    Sql("SELECT amount, currency FROM prices WHERE product_id = ANY($1) AND valid @> now()"),
    "SELECT shop.prices",
    Nothing,
    1000,
);
static SELECT_STOCK: Operation = local(
    Sql("SELECT warehouse, quantity FROM stock WHERE product_id = $1"),
    "SELECT shop.stock",
    Nothing,
    1200,
);
static UPDATE_STOCK: Operation = local(
    Sql("UPDATE stock SET quantity = quantity - $2 WHERE product_id = $1 AND quantity >= $2"),
    "UPDATE shop.stock",
    Nothing,
    2600,
);
static SELECT_ORDERS: Operation = local(
    Sql("SELECT * FROM orders WHERE user_id = $1 ORDER BY created DESC LIMIT $2"),
    "SELECT shop.orders",
    Nothing,
    2100,
);
static INSERT_ORDER: Operation = local(
    Sql("INSERT INTO orders (id, user_id, total, currency) VALUES ($1, $2, $3, $4)"),
    "INSERT shop.orders",
    Order,
    2300,
);
static INSERT_ORDER_LINE: Operation = local(
    Sql("INSERT INTO order_lines (order_id, product_id, quantity) VALUES ($1, $2, $3)"),
    "INSERT shop.order_lines",
    Nothing,
    1300,
);
static INSERT_PAYMENT: Operation = local(
    Sql("INSERT INTO payments (order_id, amount, method, token) VALUES ($1, $2, $3, $4)"),
    "INSERT shop.payments",
    Nothing,
    1900,
);
static INSERT_SHIPMENT: Operation = local(
    Sql("INSERT INTO shipments (order_id, carrier, label) VALUES ($1, $2, $3)"),
    "INSERT shop.shipments",
    Order,
    1700,
);
static DELETE_CARTS: Operation = local(
    Sql("DELETE FROM carts WHERE changed < now() - interval '30 days'"),
    "DELETE shop.carts",
    Nothing,
    45_000,
);
static SESSION_GET: Operation = local(Redis("session"), "GET", Cache, 350);
static PRODUCT_GET: Operation = local(Redis("product"), "GET", Cache, 380);
static PRODUCT_SET: Operation = local(Redis("product"), "SET", Nothing, 420);
static CART_HGETALL: Operation = local(Redis("cart"), "HGETALL", Nothing, 510);
static CART_HSET: Operation = local(Redis("cart"), "HSET", Nothing, 460);
static CART_DEL: Operation = local(Redis("cart"), "DEL", Nothing, 400);
static SEARCH_INDEX: Operation =
    local(Fetch("opensearch.internal", "/products/_search"), "POST", Query, 9500);
static CHARGE_CARD: Operation =
    local(Fetch("api.cardnet.example", "/v2/charges"), "POST", Nothing, 180_000);
static SEND_MAIL: Operation =
    local(Fetch("api.mailer.example", "/v3/messages"), "POST", Nothing, 95_000);
static CARRIER_RATES: Operation =
    local(Fetch("rates.carrier.example", "/rates"), "GET", Nothing, 60_000);
static GET_OBJECT: Operation =
    local(Fetch("media-bucket.storage.example", "/objects"), "GET", Nothing, 11_000);

// Steps inside services.
static RENDER_PAGE: Operation = step("render page", Flags, 6500, &[]);
static RANK_RESULTS: Operation = step("rank results", Query, 2200, &[]);
static SCORE_CANDIDATES: Operation = step("score candidates", Nothing, 8000, &[]);
static VALIDATE_CART: Operation = step("validate cart", Basket, 700, &[]);
static EVALUATE_MODEL: Operation = step("evaluate model", Risk, 21_000, &[]);
static RENDER_MAIL: Operation = step("render mail", Nothing, 3000, &[]);
static RESIZE_IMAGE: Operation = step("resize image", Nothing, 24_000, &[]);
static PACK_ITEM: Operation = step("pack item", Stock, 5000, &[maybe(400, &UPDATE_STOCK)]);
static REFRESH_PRODUCT: Operation =
    step("refresh product", Product, 1500, &[once(&SELECT_PRODUCT), once(&PRODUCT_SET)]);

// Services, from the back to the front.
static VERIFY: Operation =
    serve(Auth, Rpc, "shop.Auth/Verify", Visitor, 300, &[once(&SESSION_GET)]);
static LOGIN: Operation =
    serve(Auth, Rpc, "shop.Auth/Login", Visitor, 48_000, &[once(&SELECT_USER), once(&SESSION_GET)]);
static GET_USER: Operation =
    serve(Accounts, Rpc, "shop.Accounts/GetUser", Visitor, 700, &[once(&SELECT_USER)]);
static GET_PRODUCT: Operation = serve(
    Catalog,
    Rpc,
    "shop.Catalog/GetProduct",
    Product,
    600,
    &[once(&PRODUCT_GET), maybe(250, &SELECT_PRODUCT), maybe(250, &PRODUCT_SET)],
);
static LIST_PRODUCTS: Operation = serve(
    Catalog,
    Rpc,
    "shop.Catalog/ListProducts",
    Nothing,
    1500,
    &[bulk(4, 16, &PRODUCT_GET), maybe(400, &SELECT_PRODUCT)],
);
static QUERY: Operation = serve(
    Search,
    Rpc,
    "shop.Search/Query",
    Query,
    1800,
    &[once(&SEARCH_INDEX), once(&RANK_RESULTS)],
);
static FOR_USER: Operation = serve(
    Recommendations,
    Rpc,
    "shop.Recommendations/ForUser",
    Visitor,
    1200,
    &[once(&SCORE_CANDIDATES), fan_out(30, &GET_PRODUCT)],
);
static GET_REVIEWS: Operation =
    serve(Reviews, Http, "GET /reviews/{product}", Product, 1500, &[maybe(600, &SELECT_REVIEWS)]);
static GET_CART: Operation =
    serve(Cart, Rpc, "shop.Cart/GetCart", Basket, 500, &[once(&CART_HGETALL)]);
static ADD_ITEM: Operation =
    serve(Cart, Rpc, "shop.Cart/AddItem", Basket, 600, &[once(&CART_HGETALL), once(&CART_HSET)]);
static EMPTY_CART: Operation =
    serve(Cart, Rpc, "shop.Cart/EmptyCart", Basket, 400, &[once(&CART_DEL)]);
static QUOTE: Operation =
    serve(Pricing, Rpc, "shop.Pricing/Quote", Basket, 400, &[maybe(500, &SELECT_PRICES)]);
static CHECK_STOCK: Operation =
    serve(Inventory, Rpc, "shop.Inventory/CheckStock", Stock, 900, &[once(&SELECT_STOCK)]);
static RESERVE: Operation = serve(
    Inventory,
    Rpc,
    "shop.Inventory/Reserve",
    Stock,
    1100,
    &[once(&SELECT_STOCK), once(&UPDATE_STOCK)],
);
static ASSESS: Operation = serve(
    Fraud,
    Rpc,
    "shop.Fraud/Assess",
    Risk,
    2500,
    &[once(&SELECT_ORDERS), once(&EVALUATE_MODEL)],
);
static CHARGE: Operation = serve(
    Payments,
    Rpc,
    "shop.Payments/Charge",
    Payment,
    2200,
    &[once(&ASSESS), once(&CHARGE_CARD), once(&INSERT_PAYMENT)],
);
static SHIPPING_RATES: Operation =
    serve(Shipping, Http, "POST /rates", Parcel, 1600, &[maybe(350, &CARRIER_RATES)]);
static BOOK: Operation = serve(
    Shipping,
    Http,
    "POST /shipments",
    Parcel,
    2400,
    &[once(&CARRIER_RATES), once(&INSERT_SHIPMENT)],
);
static CREATE_ORDER: Operation = serve(
    Orders,
    Rpc,
    "shop.Orders/Create",
    Order,
    1700,
    &[once(&INSERT_ORDER), each(120, &INSERT_ORDER_LINE), once(&PUBLISH_ORDER)],
);
static LIST_ORDERS: Operation =
    serve(Orders, Rpc, "shop.Orders/List", Visitor, 1300, &[once(&SELECT_ORDERS)]);
static GET_ORDER: Operation =
    serve(Orders, Rpc, "shop.Orders/Get", Order, 1000, &[once(&SELECT_ORDERS)]);
static PLACE_ORDER: Operation = serve(
    Checkout,
    Rpc,
    "shop.Checkout/PlaceOrder",
    Order,
    2600,
    &[
        once(&GET_CART),
        once(&VALIDATE_CART),
        fan_out(120, &GET_PRODUCT),
        once(&QUOTE),
        once(&SHIPPING_RATES),
        each(60, &RESERVE),
        once(&CHARGE),
        once(&CREATE_ORDER),
        once(&EMPTY_CART),
    ],
);
static MEDIA: Operation = serve(
    Media,
    Http,
    "GET /media/{key}",
    Nothing,
    900,
    &[maybe(200, &GET_OBJECT), maybe(80, &RESIZE_IMAGE)],
);

// What messages set off.
static PUBLISH_ORDER: Operation = local(Publish(&PROCESS_ORDERS), "orders publish", Order, 1500);
static PUBLISH_MAIL: Operation = local(Publish(&PROCESS_MAILS), "mails publish", Nothing, 1300);
static PUBLISH_VIEW: Operation = local(Publish(&PROCESS_VIEWS), "views publish", Product, 700);
static PROCESS_ORDERS: Operation = serve(
    Fulfilment,
    Process(1),
    "orders process",
    Order,
    9000,
    &[once(&GET_ORDER), each(40, &PACK_ITEM), once(&BOOK), once(&PUBLISH_MAIL)],
);
static PROCESS_MAILS: Operation = serve(
    Notifications,
    Process(4),
    "mails process",
    Order,
    2500,
    &[once(&GET_USER), once(&RENDER_MAIL), once(&SEND_MAIL)],
);
static PROCESS_VIEWS: Operation =
    serve(Recommendations, Process(32), "views process", Nothing, 12_000, &[maybe(200, &QUERY)]);

// The gateway's interface, for the web and the mobile front end.
static API_PRODUCT: Operation = serve(
    Gateway,
    Http,
    "GET /api/products/{id}",
    Product,
    700,
    &[
        maybe(700, &VERIFY),
        once(&GET_PRODUCT),
        maybe(500, &CHECK_STOCK),
        maybe(400, &GET_REVIEWS),
        maybe(300, &FOR_USER),
        maybe(60, &PUBLISH_VIEW),
    ],
);
static API_PRODUCTS: Operation = serve(
    Gateway,
    Http,
    "GET /api/products",
    Nothing,
    800,
    &[maybe(400, &VERIFY), once(&LIST_PRODUCTS)],
);
static API_SEARCH: Operation =
    serve(Gateway, Http, "GET /api/search", Query, 700, &[once(&QUERY), bulk(2, 12, &GET_PRODUCT)]);
static API_SUGGEST: Operation =
    serve(Gateway, Http, "GET /api/suggest", Query, 400, &[maybe(600, &PRODUCT_GET)]);
static API_CART: Operation =
    serve(Gateway, Http, "GET /api/cart", Basket, 600, &[once(&VERIFY), once(&GET_CART)]);
static API_ADD_ITEM: Operation = serve(
    Gateway,
    Http,
    "POST /api/cart/items",
    Basket,
    700,
    &[once(&VERIFY), maybe(700, &CHECK_STOCK), once(&ADD_ITEM), maybe(500, &QUOTE)],
);
static API_CHECKOUT: Operation =
    serve(Gateway, Http, "POST /api/checkout", Order, 900, &[once(&VERIFY), once(&PLACE_ORDER)]);
static API_ORDER: Operation =
    serve(Gateway, Http, "GET /api/orders/{order}", Order, 600, &[once(&VERIFY), once(&GET_ORDER)]);
static API_ACCOUNT: Operation = serve(
    Gateway,
    Http,
    "GET /api/account",
    Visitor,
    600,
    &[once(&VERIFY), once(&GET_USER), maybe(500, &LIST_ORDERS)],
);
static API_LOGIN: Operation =
    serve(Gateway, Http, "POST /api/login", Visitor, 700, &[once(&LOGIN), once(&GET_USER)]);

// What visitors and schedulers begin.
static HOME: Operation =
    serve(Frontend, Http, "GET /", Visitor, 2500, &[maybe(500, &API_PRODUCTS), once(&RENDER_PAGE)]);
static PRODUCT_PAGE: Operation = serve(
    Frontend,
    Http,
    "GET /products/{slug}",
    Product,
    2000,
    &[maybe(550, &API_PRODUCT), maybe(300, &API_CART), maybe(500, &RENDER_PAGE)],
);
static SEARCH_PAGE: Operation =
    serve(Frontend, Http, "GET /search", Query, 2200, &[once(&API_SEARCH), once(&RENDER_PAGE)]);
static SUGGESTIONS: Operation =
    serve(Frontend, Http, "GET /suggest", Query, 600, &[maybe(300, &API_SUGGEST)]);
static CART_PAGE: Operation =
    serve(Frontend, Http, "GET /cart", Basket, 1800, &[once(&API_CART), once(&RENDER_PAGE)]);
static CART_ADD: Operation =
    serve(Frontend, Http, "POST /cart/items", Basket, 1500, &[once(&API_ADD_ITEM)]);
static CHECKOUT_PAGE: Operation = serve(
    Frontend,
    Http,
    "POST /checkout",
    Order,
    2400,
    &[once(&API_CHECKOUT), once(&RENDER_PAGE)],
);
static LOGIN_PAGE: Operation =
    serve(Frontend, Http, "POST /login", Visitor, 1700, &[once(&API_LOGIN)]);
static ORDER_PAGE: Operation =
    serve(Frontend, Http, "GET /orders/{order}", Order, 1900, &[once(&API_ORDER)]);
static MOBILE_FEED: Operation = serve(
    MobileApi,
    Http,
    "GET /v1/feed",
    Visitor,
    1400,
    &[maybe(600, &API_PRODUCTS), maybe(400, &FOR_USER)],
);
static MOBILE_PRODUCT: Operation =
    serve(MobileApi, Http, "GET /v1/products/{id}", Product, 1100, &[maybe(600, &API_PRODUCT)]);
static MOBILE_CART: Operation =
    serve(MobileApi, Http, "POST /v1/cart/items", Basket, 1200, &[once(&API_ADD_ITEM)]);
static MOBILE_CHECKOUT: Operation =
    serve(MobileApi, Http, "POST /v1/checkout", Order, 1600, &[once(&API_CHECKOUT)]);
static MOBILE_ACCOUNT: Operation =
    serve(MobileApi, Http, "GET /v1/account", Visitor, 1000, &[once(&API_ACCOUNT)]);
static GATEWAY_HEALTH: Operation = serve(Gateway, Http, "GET /healthz", Nothing, 120, &[]);
static ORDERS_HEALTH: Operation = serve(Orders, Http, "GET /healthz", Nothing, 250, &[]);
static EXPIRE_CARTS: Operation =
    serve(Cart, Step, "expire carts", Nothing, 4000, &[once(&DELETE_CARTS), each(200, &CART_DEL)]);
static REINDEX: Operation =
    serve(Fulfilment, Step, "reindex catalog", Nothing, 30_000, &[bulk(20, 130, &REFRESH_PRODUCT)]);

/// Where traces begin, and how many of a thousand begin there.
pub static VISITS: [(u16, &Operation); 20] = [
    (230, &PRODUCT_PAGE),
    (120, &MEDIA),
    (75, &GATEWAY_HEALTH),
    (40, &ORDERS_HEALTH),
    (110, &MOBILE_PRODUCT),
    (80, &HOME),
    (70, &SUGGESTIONS),
    (60, &MOBILE_FEED),
    (45, &SEARCH_PAGE),
    (40, &CART_PAGE),
    (30, &CART_ADD),
    (25, &MOBILE_CART),
    (20, &MOBILE_ACCOUNT),
    (16, &ORDER_PAGE),
    (14, &LOGIN_PAGE),
    (12, &CHECKOUT_PAGE),
    (6, &MOBILE_CHECKOUT),
    (4, &EXPIRE_CARTS),
    (2, &REINDEX),
    (1, &LIST_ORDERS),
];
