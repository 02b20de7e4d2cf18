//! How long the parser of `/proc/net/tcp` takes for a table of 20,000 rows.

fn main() {
    divan::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt::Write as _;

    use divan::Bencher;
    use divan::counter::{BytesCount, ItemsCount};
    use netlearn::net::kernel::linux::tables::{Kind, rows};

    const ROWS: u32 = 20_000;

    fn table() -> Vec<u8> {
        let mut text = String::from("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n");
        for row in 0..ROWS {
            let (state, port) = (if row.is_multiple_of(10) { 0x0A } else { 1 }, 1024 + row % 60_000);
            let _ = writeln!(
                text,
                "{row:4}: 0100007F:{port:04X} 0100007F:{:04X} {state:02X} 00000000:00000000 00:00000000 00000000  1000        0 {} 1 0000000000000000 20 4 30 10 -1",
                65_535 - row % 60_000,
                100_000 + row,
            );
        }
        text.into_bytes()
    }

    #[divan::bench]
    fn all_rows(bencher: Bencher<'_, '_>) {
        let table = table();
        bencher
            .counter(ItemsCount::new(ROWS))
            .counter(BytesCount::of_slice(&table))
            .bench_local(|| rows(divan::black_box(&table), Kind::Tcp).count());
    }

    #[divan::bench]
    fn listeners_only(bencher: Bencher<'_, '_>) {
        let table = table();
        bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
            rows(divan::black_box(&table), Kind::Tcp)
                .filter(netlearn::net::kernel::linux::tables::Row::waits)
                .count()
        });
    }
}
