//! Words for the two paths to a name: what programs get, what DNS says.

use crate::event::dns::{NameEncoded, PathsCompared, ResolverConfigured};
use crate::explain::Explanation;

/// Words for [`NameEncoded`].
pub fn encoded(_facts: &NameEncoded) -> Explanation {
    Explanation::step("name", "encoded")
}

/// Words for [`ResolverConfigured`].
pub fn configured(_facts: &ResolverConfigured) -> Explanation {
    Explanation::step("resolver", "configured")
}

/// Words for [`PathsCompared`].
pub fn compared(_facts: &PathsCompared) -> Explanation {
    Explanation::step("compare", "both paths")
}
