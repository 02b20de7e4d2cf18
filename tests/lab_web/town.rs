//! A town of web sites of a lab's own plan: begun, visited by netlearn's client, and ended with its events.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use netlearn::event::Event;
use netlearn::event::lab::LabPorts;
use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::lab::certificates::Certificates;
use netlearn::lab::fault::WebFault;
use netlearn::lab::plan::{Plan, Site};
use netlearn::lab::web::{self, Place, Web};
use netlearn::net::NetError;
use netlearn::net::http::client::{self, Ended, Options};
use netlearn::net::tcp::{Family, Limits};
use netlearn::net::world::{Route, Trust, World};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(super) const TOWN: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 53, 1, 80));

/// A plan of web sites alone.
pub(super) fn plan(sites: Vec<Site>) -> Plan {
    Plan {
        ports: LabPorts { dns: 0, http: 0, https: 0 },
        servers: Vec::new(),
        zones: Vec::new(),
        resolver: Ipv4Addr::LOCALHOST.into(),
        sites,
        names: Vec::new(),
    }
}

pub(super) fn site(names: &[&str], address: IpAddr, secure: bool, fault: Option<WebFault>) -> Site {
    let title = names[0];
    Site {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        address,
        secure,
        page: format!("<!doctype html>\n<html lang=\"en\">\n<h1>This is {title}</h1>\n</html>\n"),
        fault,
    }
}

/// `shop.test` and `blog.test` at one address, `bank.test` beside them over HTTPS.
pub(super) fn town(fault: Option<WebFault>) -> Plan {
    plan(vec![
        site(&["shop.test", "www.shop.test"], TOWN, false, fault),
        site(&["blog.test"], TOWN, false, None),
        site(&["bank.test"], TOWN, true, None),
        site(&["vault.test"], TOWN, true, None),
    ])
}

pub(super) struct Town {
    pub(super) web: Web,
    stop: CancellationToken,
    pub(super) ports: HashMap<Place, SocketAddr>,
    pub(super) authority: String,
    routes: Vec<Route>,
    events: netlearn::event::recorder::Stream,
}

impl Town {
    pub(super) async fn start(plan: &Plan) -> Town {
        let (recorder, events) = Recorder::start(vec![], Delivery::Lossless);
        let stop = CancellationToken::new();
        let mut ports = HashMap::new();
        let mut bound = Vec::new();
        for place in web::places(plan) {
            let listener = TcpListener::bind((place.address, 0)).await.expect("a free port");
            ports.insert(place, listener.local_addr().expect("its address"));
            bound.push((place, listener));
        }
        let certificates = Certificates::make(plan, &recorder).expect("certificates");
        let web = web::start(plan, bound, &certificates, &recorder, stop.clone()).await.expect("it starts");
        let routes = plan
            .sites
            .iter()
            .flat_map(|site| site.names.iter().map(move |name| (name, site)))
            .flat_map(|(name, site)| {
                let at = ports.values().filter(|at| at.ip() == site.address);
                at.map(|at| Route { host: name.clone(), port: at.port(), addresses: vec![at.ip()] })
            })
            .collect();
        Town { web, stop, ports, authority: certificates.authority().to_owned(), routes, events }
    }

    pub(super) fn at(&self, address: IpAddr, secure: bool) -> SocketAddr {
        self.ports[&Place { address, secure }]
    }

    pub(super) fn url(&self, name: &str, address: IpAddr, secure: bool) -> String {
        let scheme = if secure { "https" } else { "http" };
        format!("{scheme}://{name}:{}/", self.at(address, secure).port())
    }

    pub(super) fn world(&self) -> World {
        World { routes: self.routes.clone(), trust: Trust::Pem(self.authority.clone()), ..World::default() }
    }

    /// Fetches the URLs one after the other.
    pub(super) async fn get(&self, urls: &[String]) -> (Result<Ended, NetError>, String, Vec<Event>) {
        self.get_within(urls, Duration::from_secs(10)).await
    }

    pub(super) async fn get_within(
        &self,
        urls: &[String],
        limit: Duration,
    ) -> (Result<Ended, NetError>, String, Vec<Event>) {
        let (recorder, mut stream) = Recorder::start(vec![], Delivery::Lossless);
        let options = Options {
            urls: urls.iter().map(|url| url.parse().expect("a URL")).collect(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            data: None,
            include: false,
            follow: true,
            fail: false,
            close: false,
            http2: false,
            family: Family::Any,
            limits: Limits::all(limit),
            total: None,
            secrets: false,
        };
        let mut sink = std::io::Cursor::new(Vec::new());
        let ended = client::get(&options, &self.world(), &recorder, &mut sink).await;
        drop(recorder);
        let mut events = Vec::new();
        while let Some(event) = stream.ready() {
            events.push(event);
        }
        (ended, String::from_utf8_lossy(sink.get_ref()).into_owned(), events)
    }

    pub(super) async fn end(mut self) -> Vec<Event> {
        self.stop.cancel();
        self.web.ended().await;
        let mut events = Vec::new();
        while let Some(event) = self.events.ready() {
            events.push(event);
        }
        events
    }
}
