//! Terms: HTTP and TLS. In the order of the alphabet.

use super::{Entry, Shown};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        term: "ALPN",
        aliases: &["application-layer protocol negotiation"],
        sentence: "With ALPN client and server agree, within the TLS handshake, on the protocol that they will speak over the connection.",
        source: "RFC 7301 section 3.1",
        shown: Shown::Alone("netlearn get --http2 https://bank.test:8443/ --lab"),
    },
    Entry {
        term: "body",
        aliases: &["content", "payload"],
        sentence: "The body is what follows the empty line of an HTTP message; where it ends is told by a length, by chunks, or by the end of the connection.",
        source: "RFC 9112 section 6.3",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "certificate",
        aliases: &["x.509", "x509", "cert"],
        sentence: "A certificate ties names to a public key, between two dates, and is signed by its issuer.",
        source: "RFC 5280 section 4.1",
        shown: Shown::Alone("netlearn connect --tls bank.test 8443 --lab -z"),
    },
    Entry {
        term: "certificate authority",
        aliases: &["ca", "authority", "issuer", "root certificate"],
        sentence: "A certificate authority signs certificates; whoever trusts the authority accepts the certificates that it signed, within their names and dates.",
        source: "RFC 5280 section 3.2",
        shown: Shown::Alone("netlearn connect --tls bank.test 8443 --lab -z"),
    },
    Entry {
        term: "chunked",
        aliases: &["transfer-encoding", "chunk", "chunked transfer coding"],
        sentence: "A chunked body comes in pieces, each with its size in hexadecimal before it; a piece of size 0 ends it.",
        source: "RFC 9112 section 7.1",
        shown: Shown::Beside {
            server: r#"node -e "require('http').createServer((q, s) => { s.write('one'); s.end('two') }).listen(3000)""#,
            command: "netlearn get http://localhost:3000/ -v",
        },
    },
    Entry {
        term: "cipher suite",
        aliases: &["cipher"],
        sentence: "A cipher suite names the algorithms that a TLS connection uses to encrypt its data and to derive its keys.",
        source: "RFC 8446 section B.4",
        shown: Shown::Alone("netlearn connect --tls bank.test 8443 --lab -z"),
    },
    Entry {
        term: "Content-Length",
        aliases: &[],
        sentence: "Content-Length gives the length of the body in bytes, so that the reader knows where the message ends.",
        source: "RFC 9110 section 8.6, RFC 9112 section 6.3",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "Content-Type",
        aliases: &["mime type", "media type"],
        sentence: "Content-Type says what the body is, as text/html or image/png, so that the reader knows how to treat it.",
        source: "RFC 9110 section 8.3",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "frame",
        aliases: &["frames", "headers frame", "data frame"],
        sentence: "A frame is what HTTP/2 sends: nine bytes that give its length, type, flags and stream, and then its payload.",
        source: "RFC 9113 section 4.1",
        shown: Shown::Beside {
            server: r#"node -e "require('http2').createServer((q, s) => s.end('hi')).listen(3000)""#,
            command: "netlearn get --http2 http://localhost:3000/ --view hex",
        },
    },
    Entry {
        term: "GOAWAY",
        aliases: &[],
        sentence: "GOAWAY is the HTTP/2 frame with which one side says that it takes no new streams on this connection, and which stream was the last that it may have worked on.",
        source: "RFC 9113 section 6.8",
        shown: Shown::Beside {
            server: r#"node -e "require('http2').createServer((q, s) => s.end('hi')).listen(3000)""#,
            command: "netlearn get --http2 http://localhost:3000/ -v",
        },
    },
    Entry {
        term: "HEAD",
        aliases: &[],
        sentence: "HEAD is the method that asks for the same answer as GET without its body.",
        source: "RFC 9110 section 9.3.2",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get -I http://localhost:3000/",
        },
    },
    Entry {
        term: "header field",
        aliases: &["header", "headers", "http header", "field"],
        sentence: "A header field is a line of name, colon and value before the body of an HTTP message.",
        source: "RFC 9110 section 5, RFC 9112 section 5",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "Host",
        aliases: &["host header"],
        sentence: "Host is the field in which a request names the site that it wants, because one address can serve many sites.",
        source: "RFC 9110 section 7.2, RFC 9112 section 3.2",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "HPACK",
        aliases: &["header compression"],
        sentence: "HPACK packs the header fields of HTTP/2: a common field becomes a number, and other text may be Huffman-coded.",
        source: "RFC 7541 sections 2 and 5.2",
        shown: Shown::Beside {
            server: r#"node -e "require('http2').createServer((q, s) => s.end('hi')).listen(3000)""#,
            command: "netlearn get --http2 http://localhost:3000/",
        },
    },
    Entry {
        term: "HTTP",
        aliases: &["hypertext transfer protocol", "http/1.1"],
        sentence: "HTTP is the language of the web: a client sends a request with a method and a target, and the server answers it with a response.",
        source: "RFC 9110 section 3, RFC 9112 section 2",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "HTTP/2",
        aliases: &["h2", "h2c", "http2"],
        sentence: "HTTP/2 carries the requests and responses of HTTP in frames on numbered streams, so that many exchanges share one connection at a time.",
        source: "RFC 9113 section 2",
        shown: Shown::Beside {
            server: r#"node -e "require('http2').createServer((q, s) => s.end('hi')).listen(3000)""#,
            command: "netlearn get --http2 http://localhost:3000/",
        },
    },
    Entry {
        term: "HTTP/2 stream",
        aliases: &["stream id"],
        sentence: "A stream is one exchange of request and response within an HTTP/2 connection, with a number of its own; those that a client opens are odd.",
        source: "RFC 9113 section 5.1.1",
        shown: Shown::Beside {
            server: r#"node -e "require('http2').createServer((q, s) => s.end('hi')).listen(3000)""#,
            command: "netlearn get --http2 http://localhost:3000/",
        },
    },
    Entry {
        term: "keep-alive",
        aliases: &["persistent connection", "keepalive", "reuse"],
        sentence: "With keep-alive a connection stays open after an answer and carries further requests; in HTTP/1.1 that is the rule.",
        source: "RFC 9112 section 9.3",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/ http://localhost:3000/",
        },
    },
    Entry {
        term: "method",
        aliases: &["http method", "verb"],
        sentence: "The method is the first word of a request and says what is asked for: GET asks for a representation, POST hands data over.",
        source: "RFC 9110 section 9",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get -X POST http://localhost:3000/",
        },
    },
    Entry {
        term: "prior knowledge",
        aliases: &["http2-prior-knowledge"],
        sentence: "With prior knowledge a client begins with HTTP/2 at once, because it was told that the server speaks it.",
        source: "RFC 9113 section 3.3",
        shown: Shown::Beside {
            server: r#"node -e "require('http2').createServer((q, s) => s.end('hi')).listen(3000)""#,
            command: "netlearn get --http2 http://localhost:3000/",
        },
    },
    Entry {
        term: "proxy",
        aliases: &["http_proxy"],
        sentence: "A proxy is a program that a client chooses to hand its requests to, and that passes them on and brings the answers back.",
        source: "RFC 9110 section 3.7",
        shown: Shown::Noted(
            &Shown::Beside {
                server: "netlearn serve --port 3000",
                command: "curl -x http://localhost:3000 http://shop.test/",
            },
            "netlearn plays the proxy: its terminal shows the whole URL in the request line",
        ),
    },
    Entry {
        term: "redirect",
        aliases: &["location"],
        sentence: "A redirect is an answer with a status of 3xx that names another URL (Location); the client has to ask there itself.",
        source: "RFC 9110 section 15.4",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000 --fault redirect-loop",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "request",
        aliases: &["http request"],
        sentence: "An HTTP request is a line with method, target and version, then header fields, an empty line, and perhaps a body.",
        source: "RFC 9112 section 3",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "request smuggling",
        aliases: &["smuggling"],
        sentence: "Request smuggling abuses two readers that disagree where a message ends: one takes for a body what the other takes for the next request.",
        source: "RFC 9112 section 11.2",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000 --fault two-lengths",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "response",
        aliases: &["http response", "reply"],
        sentence: "An HTTP response is a line with version and status code, then header fields, an empty line, and perhaps a body.",
        source: "RFC 9112 section 4",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "SETTINGS",
        aliases: &["settings frame"],
        sentence: "SETTINGS is the HTTP/2 frame in which each side says what the other has to keep to, as how large a frame may be.",
        source: "RFC 9113 section 6.5",
        shown: Shown::Beside {
            server: r#"node -e "require('http2').createServer((q, s) => s.end('hi')).listen(3000)""#,
            command: "netlearn get --http2 http://localhost:3000/",
        },
    },
    Entry {
        term: "SNI",
        aliases: &["server name indication"],
        sentence: "SNI is the name of the wanted site, which a TLS client sends in its first message, as a rule in the clear.",
        source: "RFC 6066 section 3",
        shown: Shown::Alone("netlearn connect --tls bank.test 8443 --lab -z -v"),
    },
    Entry {
        term: "status code",
        aliases: &["status", "http status"],
        sentence: "The status code is a number of three digits that says how a request went; its first digit gives the class: 1 news on the way, 2 success, 3 redirect, 4 client error, 5 server error.",
        source: "RFC 9110 section 15",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/ -v",
        },
    },
    Entry {
        term: "TLS",
        aliases: &["ssl", "https", "transport layer security"],
        sentence: "TLS encrypts a connection and lets the client check by a certificate with whom it speaks; HTTPS is HTTP over TLS.",
        source: "RFC 8446 section 1, RFC 9110 section 4.2.2",
        shown: Shown::Alone("netlearn connect --tls bank.test 8443 --lab -z"),
    },
    Entry {
        term: "URL",
        aliases: &["uri", "link"],
        sentence: "A URL says how and where to ask: scheme, host, port and path, as in http://localhost:3000/page.",
        source: "RFC 3986 section 3, RFC 9110 section 4.2",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/ -v",
        },
    },
    Entry {
        term: "User-Agent",
        aliases: &[],
        sentence: "User-Agent is the field in which a client says which program it is.",
        source: "RFC 9110 section 10.1.5",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "WINDOW_UPDATE",
        aliases: &["http/2 flow control"],
        sentence: "WINDOW_UPDATE is the HTTP/2 frame with which a receiver of a body lets its sender send so many bytes more, on one stream or on the whole connection.",
        source: "RFC 9113 section 5.2, RFC 9113 section 6.9",
        shown: Shown::Beside {
            server: r#"node -e "require('http2').createServer((q, s) => s.end('x'.repeat(200000))).listen(3000)""#,
            command: "netlearn get --http2 http://localhost:3000/ -o /dev/null -v",
        },
    },
];
