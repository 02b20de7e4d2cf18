//! The socket that the library is given, and behind it the connections that it asks for: each a tapped one to the target.
//!
//! It exists where there are Unix sockets. Elsewhere the library cannot be observed in this way, and that is said.

use std::future::Future;
use std::io;

use crate::event::recorder::Recorder;
use crate::net::http::client::Options;
use crate::net::world::World;

use super::facts::Shared;

#[cfg(unix)]
pub(super) use here::Tapped;

#[cfg(not(unix))]
pub(super) struct Tapped;

#[cfg(not(unix))]
impl Tapped {
    pub(super) fn new(_: &Options, _: &World, _: &Recorder, _: &Shared) -> io::Result<Tapped> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "a library is observed through a Unix socket, which this system lacks",
        ))
    }

    pub(super) fn given_to(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder
    }

    pub(super) async fn serve<T>(self, asking: impl Future<Output = T>) -> T {
        asking.await
    }
}

#[cfg(unix)]
mod here {
    use std::os::unix::fs::DirBuilderExt as _;
    use std::path::PathBuf;
    use std::pin::pin;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::io::copy_bidirectional;
    use tokio::net::{UnixListener, UnixStream};
    use tokio::task::JoinSet;
    use tokio::time::timeout;
    use url::Host;

    use super::{Future, Options, Recorder, Shared, World, io};
    use crate::event::failure::Failed;
    use crate::event::tcp::Protocol;
    use crate::event::{Layer, Side};
    use crate::net::http::annotator::{Settings, annotator};
    use crate::net::http::client::shown;
    use crate::net::tap::Tap;
    use crate::net::tcp::closing::Closing;
    use crate::net::tcp::{self, Dial, Target};

    /// How long connections that the library has let go of may take to end.
    const LINGER: Duration = Duration::from_millis(500);

    /// A folder of our own with the socket in it; both go when this does.
    struct Place(PathBuf);

    impl Place {
        fn new() -> io::Result<Place> {
            let folder = std::env::temp_dir().join(format!("netlearn-library-{}", std::process::id()));
            // What an earlier process of this number left; another user's stays, and the next line says so.
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
            Ok(Place(folder))
        }

        fn socket(&self) -> PathBuf {
            self.0.join("tap.sock")
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            // Nothing depends on it any more.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// The listening end.
    pub(in super::super) struct Tapped {
        place: Place,
        listener: UnixListener,
        way: Way,
    }

    /// What it takes to connect for the library.
    #[derive(Clone)]
    struct Way {
        options: Arc<Options>,
        world: Arc<World>,
        recorder: Recorder,
        shared: Shared,
    }

    impl Tapped {
        pub(in super::super) fn new(
            options: &Options,
            world: &World,
            recorder: &Recorder,
            shared: &Shared,
        ) -> io::Result<Tapped> {
            let place = Place::new()?;
            let listener = UnixListener::bind(place.socket())?;
            let way = Way {
                options: Arc::new(options.clone()),
                world: Arc::new(world.clone()),
                recorder: recorder.clone(),
                shared: shared.clone(),
            };
            Ok(Tapped { place, listener, way })
        }

        /// The library connects here and nowhere else.
        pub(in super::super) fn given_to(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
            builder.unix_socket(self.place.socket())
        }

        /// Passes bytes on while the library works, and until its connections have ended.
        pub(in super::super) async fn serve<T>(self, asking: impl Future<Output = T>) -> T {
            let mut tasks = JoinSet::new();
            let mut asking = pin!(asking);
            let done = loop {
                tokio::select! {
                    done = &mut asking => break done,
                    accepted = self.listener.accept() => {
                        if let Ok((local, _)) = accepted {
                            tasks.spawn(self.way.clone().carry(local));
                        }
                    }
                    Some(_) = tasks.join_next() => {}
                }
            };
            // Past this they are dropped, and say how they ended.
            let _ = timeout(LINGER, async { while tasks.join_next().await.is_some() {} }).await;
            tasks.shutdown().await;
            done
        }
    }

    impl Way {
        /// One connection: to where the request in progress leads, byte for byte.
        async fn carry(self, mut local: UnixStream) {
            let Way { options, world, recorder, shared } = self;
            let Some(url) = shared.target() else { return };
            let host = match url.host() {
                Some(Host::Domain(name)) => name.to_owned(),
                Some(Host::Ipv4(address)) => address.to_string(),
                Some(Host::Ipv6(address)) => address.to_string(),
                None => return,
            };
            let secure = url.scheme() == "https";
            let target = Target { host, port: url.port_or_known_default().unwrap_or(80) };
            let protocol = if secure { Protocol::Https } else { Protocol::Http };
            let dial =
                Dial { family: options.family, limits: options.limits.clone(), source_port: None, protocol };
            let connection = match tcp::connect(&target, &dial, &world, &recorder).await {
                Ok(connection) => connection,
                Err(error) => {
                    shared.fail(error.map(|failed| Failed { target: shown(&url), ..failed }));
                    return;
                }
            };
            let settings = Settings { secrets: options.secrets, ..Settings::default() };
            let flow = connection.flow;
            let (watch, readings) = match secure {
                true => (None, None),
                false => {
                    let (watch, readings) = annotator(&recorder, flow, Side::Client, settings);
                    (Some(watch), Some(readings))
                }
            };
            let (mut tap, listener) =
                Tap::new(connection.stream, &recorder, flow, Side::Client, Layer::Tcp, watch);
            let mut closing = Closing::new(tap.inner(), &listener, &recorder, flow, Side::Client);
            shared.opened(listener, readings.clone());
            // How it ended is told by the tap.
            let _ = copy_bidirectional(&mut local, &mut tap).await;
            closing.inform();
            closing.requests = readings
                .map(|readings| readings.lock().unwrap_or_else(std::sync::PoisonError::into_inner).requests);
            closing.end();
        }
    }
}
