//! The local Glue for other programs: an HTTP server on the loopback address, in front of the service.
//!
//! What runs here runs as the user, so nobody gets in who does not hold a key: each request is signed (Signature
//! Version 4), and the signature is checked against a key that is made at each start. A web page in a browser of this
//! machine can reach the address as well, and a name of its own can be made to point here; both are refused by what
//! browsers say of themselves and by `Host`, before anything else is looked at. There are no CORS headers.
//!
//! Size, time, number and rate of everything that arrives are bounded ([`Bounds`]), for those without a key above all:
//! a request of theirs is not read further than its head, and its connection is closed.
//!
//! A signature holds for [`WINDOW`](signature::WINDOW) around its date, and within that time as often as it comes:
//! clients that repeat a request send the same one again, and it allows nothing but that request. Who could have read
//! it on the way reads this process's memory as well.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::bucket::Bucket;
use self::keys::Ring;
use super::service::LocalGlue;

mod bucket;
mod denial;
mod exchange;
mod gate;
mod keys;
pub mod signature;

pub use self::keys::{FindKey, Key};

/// What is taken from others, at most.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// How many connections are served at a time.
    pub connections: usize,
    /// How many connections more get an answer, which says that there are too many. Others are closed without one.
    pub turned_away: usize,
    /// The largest head of a request, in bytes; 8 KiB is the least.
    pub head_bytes: usize,
    /// How long the head of a request may take, and how long a connection may be without one.
    pub head_time: Duration,
    /// How long the body of a request may take.
    pub body_time: Duration,
    /// How long what else comes of a request that was refused is read and dropped, so that its client sees the answer.
    pub drain_time: Duration,
    /// How many requests may come at once, beyond `rate`.
    pub burst: u32,
    /// How many requests may come in a second.
    pub rate: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 64,
            turned_away: 16,
            head_bytes: 32 * 1024,
            head_time: Duration::from_secs(20),
            body_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(1),
            // Sixteen sessions, each of which is asked for its statement ten times in a second.
            burst: 500,
            rate: 250,
        }
    }
}

/// The server, which listens from its making on.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    door: Door,
}

/// What all connections share.
struct Door {
    glue: LocalGlue,
    keys: Ring,
    port: u16,
    bounds: Bounds,
    bucket: Mutex<Bucket>,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Listener {
    /// Listens on 127.0.0.1, at a port (0 for any that is free), for requests that are signed with `key`. Must be called
    /// within a tokio runtime with I/O and time.
    ///
    /// # Errors
    ///
    /// The port is taken, or may not be used.
    pub async fn bind(glue: LocalGlue, key: Key, port: u16, bounds: Bounds) -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = socket.local_addr()?;
        let bucket = Mutex::new(Bucket::new(bounds.burst, bounds.rate));
        let door = Door { glue, keys: Ring::of(key), port: address.port(), bounds, bucket };
        Ok(Self { socket, address, door })
    }

    /// Takes requests as well that are signed with a key that this finds: those of assumed roles, which the service makes.
    pub fn with_keys(mut self, find: FindKey) -> Self {
        self.door.keys.also(find);
        self
    }

    /// Returns the address: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until `end` is ready; then all connections are closed. The service itself lives on.
    pub async fn serve(self, end: impl Future<Output = ()>) {
        let Self { socket, door, .. } = self;
        let door = Arc::new(door);
        let room = Arc::new(Semaphore::new(door.bounds.connections));
        let foyer = Arc::new(Semaphore::new(door.bounds.turned_away));
        // Dropped with this future, and with it every connection.
        let mut connections = JoinSet::new();
        let mut end = std::pin::pin!(end);
        loop {
            let stream = tokio::select! {
                () = &mut end => return,
                accepted = socket.accept() => accepted,
                Some(_) = connections.join_next() => continue,
            };
            let stream = match stream {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Too many open files, for one, which passes.
                    tracing::warn!(%error, "a connection cannot be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (place, full) = match Arc::clone(&room).try_acquire_owned() {
                Ok(place) => (place, false),
                Err(_) => match Arc::clone(&foyer).try_acquire_owned() {
                    Ok(place) => (place, true),
                    Err(_) => continue,
                },
            };
            let door = Arc::clone(&door);
            connections.spawn(async move {
                connection(stream, &door, full).await;
                drop(place);
            });
        }
    }
}

/// Serves a connection to its end. Where all places are taken it only says so.
async fn connection(stream: TcpStream, door: &Door, full: bool) {
    let _ = stream.set_nodelay(true);
    let bounds = &door.bounds;
    let head_time = if full { bounds.drain_time } else { bounds.head_time };
    let service = service_fn(|request| exchange::answered(door, request, full));
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_time).max_buf_size(bounds.head_bytes.max(8 * 1024));
    // An error is a client that went away, is too slow, or speaks no HTTP; the latter has its answer.
    if let Err(error) = builder.keep_alive(!full).serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection of the local Glue ended");
    }
}
