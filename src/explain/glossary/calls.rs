//! Terms: what people have in their editor, their terminal or their browser. In the order of the alphabet.

use super::{Entry, Shown};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        term: "Could not resolve host",
        aliases: &[],
        sentence: "Could not resolve host is what curl says (exit 6) where it found no address for the name in the URL; nothing was sent to any machine of that name.",
        source: "curl(1)",
        shown: Shown::Alone("curl http://nope.invalid/"),
    },
    Entry {
        term: "DNS_PROBE_FINISHED_NXDOMAIN",
        aliases: &["net::dns_probe_finished_nxdomain"],
        sentence: "DNS_PROBE_FINISHED_NXDOMAIN is what a Chromium browser shows in place of ERR_NAME_NOT_RESOLVED where its own test questions were answered: the name servers work, so the name must not exist.",
        source: "Chromium net_error_info.h",
        shown: Shown::Alone("netlearn resolve nope.test --lab"),
    },
    Entry {
        term: "EAI_AGAIN",
        aliases: &["try again"],
        sentence: "EAI_AGAIN: the name could not be looked up at this time, as where no name server answers; the same question may work later.",
        source: "RFC 3493 section 6.1, POSIX.1-2024 freeaddrinfo()",
        shown: Shown::Noted(
            &Shown::Alone("netlearn resolve servfail.fault.test --lab"),
            "a system whose name server answers so says EAI_AGAIN to its programs",
        ),
    },
    Entry {
        term: "EHOSTUNREACH",
        aliases: &["no route to host", "host unreachable"],
        sentence: "EHOSTUNREACH: the system has no way to that machine, or a router or firewall answered that there is none.",
        source: "POSIX.1-2024 connect(), RFC 1122 section 4.2.3.9",
        shown: Shown::Nowhere("netlearn explain ICMP: on loopback every host can be reached"),
    },
    Entry {
        term: "ENOTFOUND",
        aliases: &[],
        sentence: "ENOTFOUND is what Node says where the system (getaddrinfo) found no address for a name; nothing was sent to any machine of that name.",
        source: "Node.js documentation, Errors",
        shown: Shown::Alone("netlearn resolve nope.test --lab"),
    },
    Entry {
        term: "ERR_ADDRESS_UNREACHABLE",
        aliases: &["net::err_address_unreachable"],
        sentence: "ERR_ADDRESS_UNREACHABLE is what a browser says where the system has no way to the address of the server.",
        source: "Chromium net_error_list.h",
        shown: Shown::Nowhere("netlearn explain EHOSTUNREACH: the error of the system behind it"),
    },
    Entry {
        term: "ERR_CERT_AUTHORITY_INVALID",
        aliases: &["net::err_cert_authority_invalid"],
        sentence: "ERR_CERT_AUTHORITY_INVALID: the browser trusts no authority that the server's certificate leads to.",
        source: "Chromium net_error_list.h, RFC 5280 section 6",
        shown: Shown::Alone("netlearn get https://unknown-authority.fault.test:8443/ --lab"),
    },
    Entry {
        term: "ERR_CERT_COMMON_NAME_INVALID",
        aliases: &["net::err_cert_common_name_invalid"],
        sentence: "ERR_CERT_COMMON_NAME_INVALID: the name in the URL is not among the names of the server's certificate.",
        source: "Chromium net_error_list.h, RFC 9110 section 4.3.4",
        shown: Shown::Alone("netlearn get https://wrong-name.fault.test:8443/ --lab"),
    },
    Entry {
        term: "ERR_CERT_DATE_INVALID",
        aliases: &["net::err_cert_date_invalid"],
        sentence: "ERR_CERT_DATE_INVALID: by the clock of this machine the server's certificate has expired, or is not valid yet.",
        source: "Chromium net_error_list.h, RFC 5280 section 4.1.2.5",
        shown: Shown::Alone("netlearn get https://expired.fault.test:8443/ --lab"),
    },
    Entry {
        term: "ERR_CONNECTION_CLOSED",
        aliases: &["net::err_connection_closed"],
        sentence: "ERR_CONNECTION_CLOSED is what a browser says where a FIN ended the connection while it was still waiting for something, as for the end of the TLS handshake.",
        source: "Chromium net_error_list.h, RFC 9293 section 3.6",
        shown: Shown::Beside {
            server: r#"node -e "require('net').createServer(s => s.end()).listen(3000)""#,
            command: "netlearn get https://localhost:3000/",
        },
    },
    Entry {
        term: "ERR_CONNECTION_REFUSED",
        aliases: &["net::err_connection_refused"],
        sentence: "ERR_CONNECTION_REFUSED is what a browser says where its attempt to connect was refused, as a rule because no program listens at that address and port.",
        source: "Chromium net_error_list.h, RFC 9293 section 3.5.2",
        shown: Shown::Alone("netlearn get http://localhost:1/"),
    },
    Entry {
        term: "ERR_CONNECTION_RESET",
        aliases: &["net::err_connection_reset"],
        sentence: "ERR_CONNECTION_RESET is what a browser says where a RST ended the connection that it was using.",
        source: "Chromium net_error_list.h, RFC 9293 section 3.5.3",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000 --fault reset",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "ERR_CONNECTION_TIMED_OUT",
        aliases: &["net::err_connection_timed_out"],
        sentence: "ERR_CONNECTION_TIMED_OUT is what a browser says where its attempt to connect got no answer in the time allowed.",
        source: "Chromium net_error_list.h, RFC 9293 section 3.8.3",
        shown: Shown::Noted(
            &Shown::Alone("netlearn get http://never-accepts.fault.test:8080/ --lab --timeout 2"),
            "the time allowed is 2 seconds here; a browser waits longer",
        ),
    },
    Entry {
        term: "ERR_EMPTY_RESPONSE",
        aliases: &["net::err_empty_response"],
        sentence: "ERR_EMPTY_RESPONSE is what a browser says where the server ended the connection and had sent nothing.",
        source: "Chromium net_error_list.h",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000 --fault empty",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "ERR_NAME_NOT_RESOLVED",
        aliases: &["net::err_name_not_resolved"],
        sentence: "ERR_NAME_NOT_RESOLVED is what a browser says where no address was found for the name in the URL.",
        source: "Chromium net_error_list.h",
        shown: Shown::Alone("netlearn get http://nope.test:8080/ --lab"),
    },
    Entry {
        term: "ERR_SSL_PROTOCOL_ERROR",
        aliases: &["net::err_ssl_protocol_error"],
        sentence: "ERR_SSL_PROTOCOL_ERROR is what a browser says where the TLS handshake failed, as where the port speaks plain HTTP.",
        source: "Chromium net_error_list.h, RFC 8446 section 6",
        shown: Shown::Alone("netlearn get https://plain-http.fault.test:8443/ --lab"),
    },
    Entry {
        term: "ERR_TOO_MANY_REDIRECTS",
        aliases: &["net::err_too_many_redirects"],
        sentence: "ERR_TOO_MANY_REDIRECTS is what a browser says where redirects led on and on, as in a circle.",
        source: "Chromium net_error_list.h, RFC 9110 section 15.4",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000 --fault redirect-loop",
            command: "netlearn get -L http://localhost:3000/",
        },
    },
    Entry {
        term: "fetch",
        aliases: &[],
        sentence: "fetch makes an HTTP request: the library looks the name up, connects or reuses a connection, sends, and gives the response when its head is there; many other libraries wait for the whole body.",
        source: "Fetch Standard (WHATWG), Node.js documentation",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get --library http://localhost:3000/",
        },
    },
    Entry {
        term: "http.get",
        aliases: &["http.request", "https.get", "https.request"],
        sentence: "http.get starts an HTTP request; your function is called with the response when its head has arrived, before its body is complete.",
        source: "Node.js documentation, HTTP",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "net.connect",
        aliases: &["net.createconnection"],
        sentence: "net.connect opens a TCP connection to a host and port, or to the path of a local socket, and gives you the client's socket.",
        source: "Node.js documentation, Net",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello",
        },
    },
    Entry {
        term: "req.on",
        aliases: &["res.on", "on data"],
        sentence: "req.on('data') runs your function for each piece of a body as it arrives; the pieces need not be those that were written.",
        source: "Node.js documentation, Stream, RFC 9293 section 2.2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send one --send two",
        },
    },
    Entry {
        term: "res.end",
        aliases: &["response.end", "res.send"],
        sentence: "res.end says that your answer is complete: without it the client goes on waiting for the rest.",
        source: "Node.js documentation, HTTP",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000 --silent",
            command: "netlearn get http://localhost:3000/ --timeout 2",
        },
    },
    Entry {
        term: "res.setHeader",
        aliases: &["response.setheader", "res.set", "res.header"],
        sentence: "res.setHeader sets one header field of the answer; it has to be done before the first byte of the answer is sent.",
        source: "Node.js documentation, HTTP",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "res.statusCode",
        aliases: &["response.statuscode", "res.status", "res.writehead"],
        sentence: "res.statusCode is the number in the first line of the answer: 200 unless your code says otherwise.",
        source: "Node.js documentation, HTTP, RFC 9112 section 4",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "res.write",
        aliases: &["response.write"],
        sentence: "res.write sends a piece of the body; where no Content-Length was set, Node sends it in chunks over HTTP/1.1.",
        source: "Node.js documentation, HTTP, RFC 9112 section 7.1",
        shown: Shown::Beside {
            server: r#"node -e "require('http').createServer((q, s) => { s.write('one'); s.end('two') }).listen(3000)""#,
            command: "netlearn get http://localhost:3000/ -v",
        },
    },
    Entry {
        term: "server.close",
        aliases: &["app.close"],
        sentence: "server.close stops taking new connections; those that are open go on until they end, but for idle ones of an HTTP server, which Node closes from version 19 on.",
        source: "Node.js documentation, Net and HTTP",
        shown: Shown::Beside {
            server: r#"node -e "const s = require('net').createServer(() => s.close()).listen(3000)""#,
            command: "netlearn connect localhost 3000 -z; netlearn connect localhost 3000 -z",
        },
    },
    Entry {
        term: "server.listen",
        aliases: &["app.listen", "listen eaddrinuse"],
        sentence: "server.listen asks the system for a port: from then on the system takes connections to it, at every address of the machine where none is named, and your program answers them.",
        source: "Node.js documentation, Net, POSIX.1-2024 listen()",
        shown: Shown::Beside { server: "netlearn serve --port 3000", command: "netlearn ports 3000" },
    },
    Entry {
        term: "socket hang up",
        aliases: &[],
        sentence: "socket hang up is Node's message (its code is ECONNRESET) where the connection ended, or your own code gave it up, before any response to the HTTP request had come.",
        source: "Node.js documentation, HTTP",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000 --fault empty",
            command: r#"node -e "require('http').get('http://localhost:3000/').on('error', e => console.log(e.message))""#,
        },
    },
    Entry {
        term: "socket.destroy",
        aliases: &["conn.destroy", "req.destroy"],
        sentence: "socket.destroy closes the connection at once: your program reads and writes no more on it; the other end gets a FIN, or on most systems a RST where bytes from it were never read.",
        source: "Node.js documentation, Net, RFC 1122 section 4.2.2.13",
        shown: Shown::Beside {
            server: r#"node -e "require('net').createServer(s => s.destroy()).listen(3000)""#,
            command: "netlearn connect localhost 3000 -z",
        },
    },
    Entry {
        term: "socket.on",
        aliases: &["conn.on"],
        sentence: "socket.on('data') runs your function for bytes that arrived on a connection; reading them answers nothing: only what your code writes goes back.",
        source: "Node.js documentation, Net",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000 --silent",
            command: "netlearn connect localhost 3000 --send hello",
        },
    },
    Entry {
        term: "socket.write",
        aliases: &["conn.write"],
        sentence: "socket.write hands bytes to the system to be sent; that it succeeded does not say that the other program has read them.",
        source: "Node.js documentation, Net, RFC 9293 section 3.9.1.2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello -v",
        },
    },
];
