//! What status codes and methods mean (RFC 9110 sections 9 and 15, and the RFCs that added to them).

/// What a status code means, in at most two sentences; for one that is not registered, its class.
pub(super) fn meaning(status: u16) -> &'static str {
    match status {
        100..=199 => interim(status),
        200..=299 => success(status),
        300..=399 => redirection(status),
        400..=499 => client_error(status),
        500..=599 => server_error(status),
        // Section 15: outside of 100 to 599 a client treats it like a 5xx.
        _ => "No status has such a number. A client treats it as a server error.",
    }
}

/// Section 15.4: what a redirect says that has no Location, which such an answer should have.
pub(super) const NOWHERE: &str = "A redirect without a Location field: it does not say where to go.";

/// Section 15.2.2, to a client.
pub(super) const SWITCHED: &str =
    "101: the server changes the protocol of this connection. We speak HTTP alone: what follows is not read.";

/// Section 15.2.
fn interim(status: u16) -> &'static str {
    match status {
        100 => "100: go on and send the body. The answer itself is still to come.",
        101 => "101: from here on this connection speaks the protocol named in Upgrade.",
        // RFC 8297.
        103 => "103: hints at what the answer will need. The answer itself is still to come.",
        _ => "1xx: news on the way. The answer itself is still to come.",
    }
}

/// Section 15.3.
fn success(status: u16) -> &'static str {
    match status {
        200 => "200: the request succeeded.",
        201 => "201: something new was made. Location says where, if it is there.",
        202 => "202: the request was taken, and is not finished yet.",
        203 => "203: it succeeded, and a proxy changed the content on the way.",
        204 => "204: it succeeded, and there is nothing to send. Such a response has no body.",
        205 => "205: it succeeded, and the form may be cleared. There is no content.",
        206 => "206: only the part that was asked for with Range. Content-Range says which.",
        _ => "2xx: the request succeeded.",
    }
}

/// Section 15.4.
fn redirection(status: u16) -> &'static str {
    match status {
        300 => "300: there are several versions to choose from.",
        301 => "301: it has moved for good, to the place in Location.",
        302 => "302: for now it is at the place in Location. Ask here again next time.",
        303 => "303: the answer is at the place in Location. Fetch it with GET.",
        304 => "304: your copy is still good. Such a response has no body.",
        307 => "307: for now it is at the place in Location. Ask there with the same method.",
        308 => "308: it has moved for good, to the place in Location. Ask there with the same method.",
        _ => "3xx: something more is needed to finish the request.",
    }
}

/// Section 15.5.
fn client_error(status: u16) -> &'static str {
    match status {
        400 => "400: the server finds a fault in the request itself, and does not act on it.",
        401 => "401: the server wants to know who is asking. WWW-Authenticate says how to tell.",
        402 => "402: reserved for future use.",
        403 => "403: the server understands the request and refuses it.",
        404 => "404: the server has nothing at this path, or will not say that it has.",
        405 => "405: this path does not take this method. Allow lists those it takes.",
        406 => "406: none of its versions is of a kind the Accept fields ask for.",
        407 => "407: the proxy wants to know who is asking.",
        408 => "408: the whole request did not come within the time that the server waits.",
        409 => "409: the request conflicts with the state the resource is in.",
        410 => "410: it was here and is gone, most likely for good.",
        411 => "411: the server wants a Content-Length.",
        412 => "412: a condition in the request (an If field) does not hold.",
        413 => "413: the body is larger than the server will take.",
        414 => "414: the target is longer than the server will take.",
        415 => "415: the server does not take a body of this type or coding.",
        416 => "416: the part asked for lies outside of what is there.",
        417 => "417: the server cannot do what Expect asks for.",
        421 => "421: this server does not answer for that host name.",
        422 => "422: the body is well-formed, and the server cannot act on what it says.",
        426 => "426: the server wants another protocol, the one named in Upgrade.",
        // RFC 6585.
        428 => "428: the server wants a condition (an If field), so that no change is lost.",
        429 => "429: too many requests in too short a time. Retry-After may say how long to wait.",
        431 => "431: the header fields are larger than the server will take.",
        // RFC 7725.
        451 => "451: withheld for legal reasons.",
        _ => "4xx: the server finds a fault in the request.",
    }
}

/// Section 15.6.
fn server_error(status: u16) -> &'static str {
    match status {
        500 => "500: the program at the server met an error that it did not expect.",
        501 => "501: the server cannot do what is asked. Often it does not know the method.",
        502 => "502: a proxy or gateway got an invalid answer from the server behind it.",
        503 => "503: the server cannot answer now. Retry-After may say when to try again.",
        504 => "504: a proxy or gateway got no answer in time from the server behind it.",
        505 => "505: the server does not speak, or refuses, this version of HTTP.",
        // RFC 6585.
        511 => "511: the network wants you to sign in first.",
        _ => "5xx: the server failed at a request that may be right.",
    }
}

/// What a method asks for (section 9.3; PATCH: RFC 5789); empty for others.
pub(super) fn method(method: &str) -> &'static str {
    match method {
        "GET" => "GET asks for the content at the target, and for no change (it is safe).",
        "HEAD" => "HEAD asks for what GET would get, without the body.",
        "POST" => "POST hands the body over for the target to act on. Twice can mean done twice.",
        "PUT" => "PUT asks that the body become the content at the target. Twice has the effect of once.",
        "DELETE" => "DELETE asks that the target's content be removed. Twice has the effect of once.",
        "CONNECT" => "CONNECT asks a proxy for a tunnel to the target.",
        "OPTIONS" => "OPTIONS asks what may be done with the target.",
        "TRACE" => "TRACE asks to get the request back as it arrived.",
        "PATCH" => "PATCH hands over a change to be made to the target's content.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words_and_known_ones_name_themselves() {
        for status in 100..=999_u16 {
            let text = meaning(status);
            assert!(text.ends_with('.') && text.matches(". ").count() <= 1, "{text}");
            if text.as_bytes()[1].is_ascii_digit() {
                assert!(text.starts_with(&format!("{status}: ")), "{text}");
            }
        }
        assert_eq!(meaning(418), "4xx: the server finds a fault in the request.");
    }
}
