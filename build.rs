//! Builds again when a lesson is added: `include_dir!` alone sees changes only in the files that it knows.

fn main() {
    #[expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]
    {
        println!("cargo:rerun-if-changed=lessons");
        println!("cargo:rerun-if-changed=build.rs");
    }
}
