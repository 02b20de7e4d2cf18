//! Misbehaviours of an HTTP server, each one small unit.
use crate::net::server::attend::{Ears, End};
use crate::net::server::{Fault, Hall};
use tokio::io::{AsyncRead, AsyncWrite};
pub async fn misbehave<S: AsyncRead + AsyncWrite + Unpin>(
    _fault: Fault,
    _stream: &mut S,
    _hall: &Hall,
    _ears: &Ears,
) -> End {
    End::default()
}
