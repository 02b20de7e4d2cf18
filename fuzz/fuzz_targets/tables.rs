#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| netlearn_fuzz::drive("tables", octets));
