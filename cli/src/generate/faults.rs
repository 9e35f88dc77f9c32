//! What goes wrong in the shop, and how it shows.

use super::rng::Rng;
use super::shop::{Language, Work};

/// One way to fail.
pub struct Fault {
    /// `error.type` of the span where it happens.
    pub error_type: &'static str,
    /// What the span's status says.
    pub message: &'static str,
    /// HTTP status that a server answers because of it.
    pub http_status: u16,
    /// gRPC status code that a server answers because of it.
    pub grpc_status: u8,
}

const fn fault(
    error_type: &'static str,
    message: &'static str,
    http_status: u16,
    grpc_status: u8,
) -> Fault {
    Fault { error_type, message, http_status, grpc_status }
}

static SQL: [Fault; 3] = [
    fault("40P01", "deadlock detected", 503, 14),
    fault("57014", "canceling statement due to statement timeout", 504, 4),
    fault("53300", "remaining connection slots are reserved", 503, 14),
];
static REDIS: [Fault; 2] = [
    fault("timeout", "i/o timeout after 200ms", 504, 4),
    fault("LOADING", "LOADING Redis is loading the dataset in memory", 503, 14),
];
static FETCH: [Fault; 3] = [
    fault("502", "Bad Gateway", 502, 14),
    fault("429", "Too Many Requests", 503, 8),
    fault("timeout", "context deadline exceeded", 504, 4),
];
static SERVER: [Fault; 2] = [
    fault("ValueError", "unexpected state: version is older than expected", 500, 13),
    fault("NullReference", "value must not be null", 500, 2),
];
static MESSAGING: [Fault; 1] =
    [fault("NOT_LEADER_OR_FOLLOWER", "broker is not the leader of this partition", 503, 14)];

/// Faults of a kind of work, and how many of ten thousand times one happens.
fn faults_of(work: Work) -> (u64, &'static [Fault]) {
    match work {
        Work::Sql(_) => (130, &SQL),
        Work::Redis(_) => (50, &REDIS),
        Work::Fetch(..) => (350, &FETCH),
        Work::Http | Work::Rpc | Work::Step => (45, &SERVER),
        Work::Publish(_) | Work::Process(_) => (80, &MESSAGING),
    }
}

/// Whether, and how, work of this kind fails this time by itself.
pub fn strike(work: Work, rng: &mut Rng) -> Option<&'static Fault> {
    let (chance, faults) = faults_of(work);
    (rng.below(10_000) < chance).then(|| rng.pick(faults))
}

/// The exception that a service in this language reports: its type, and the frames of its stack
/// trace.
pub fn exception(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::Go => (
            "*errors.errorString",
            "\nmain.(*server).handle(0xc0004a2000, {0x1b3c8e0, 0xc000b12f00})\n\t\
             /src/internal/server/handle.go:118 +0x2c5\n\
             main.(*server).ServeHTTP(0xc0004a2000)\n\t/src/internal/server/server.go:61 +0x1a7\n",
        ),
        Language::Java => (
            "java.lang.IllegalStateException",
            "\n\tat shop.store.Repository.execute(Repository.java:212)\n\
             \tat shop.store.Repository.find(Repository.java:98)\n\
             \tat shop.api.Endpoint.lambda$call$3(Endpoint.java:77)\n\
             \tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker\
             (ThreadPoolExecutor.java:1144)\n\
             \tat java.base/java.lang.Thread.run(Thread.java:1583)\n",
        ),
        Language::Nodejs => (
            "Error",
            "\n    at Client.request (/app/lib/client.js:88:13)\n    \
             at process.processTicksAndRejections (node:internal/process/task_queues:105:5)\n    \
             at async handler (/app/routes/index.js:41:18)\n",
        ),
        Language::Python => (
            "shop.errors.UpstreamError",
            "\nTraceback (most recent call last):\n  File \"/app/shop/worker.py\", line 164, in run\n    \
             self.step(item)\n  File \"/app/shop/steps.py\", line 58, in step\n    \
             raise UpstreamError(reply)\n",
        ),
        Language::Dotnet => (
            "System.InvalidOperationException",
            "\n   at Shop.Store.Session.ExecuteAsync(Command command) in /src/Store/Session.cs:line 143\n   \
             at Shop.Api.Handler.InvokeAsync(Context context) in /src/Api/Handler.cs:line 52\n",
        ),
    }
}
