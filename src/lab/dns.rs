//! Name servers of a lab: UDP and TCP sockets in front of an authority or the caching resolver; counted, told, and faulty where the plan says so.
