//! Promise: the rules that look for forwards, replies and signatures take time in proportion to the text.

use crm_milter::extract::signature;
use crm_milter::mail::{forwarded, message, reply};

/// Text that repeats one pattern, in the shapes that rules look at: eight times the text may take four times eight
/// times the time on a busy machine, not sixty-four times.
#[test]
fn hostile_text_takes_time_in_proportion_to_its_length() {
    let units = [
        "> \n",
        "> a\n",
        ">",
        "From:\n",
        "From: a\n",
        "From: a@b.example\n",
        "On 5 Mar 2025 10:11\n",
        "wrote:\n",
        "On 5 Mar 2025 10:11 a wrote\n",
        "---- Forwarded message\n",
        "---- Forwarded message ----\n",
        "---- Forwarded by a a a a a a a ---- ",
        "> a\nb\n",
        "a:\n",
        ":",
        "a@b:\n",
        "<",
        "From: a To: b ",
        "Subject: a\n\n",
        "-- \n",
        "Kind regards\n\n",
        "Sent from my iPhone\n",
        "<mailto:",
        "From: <mailto:a@b.example> ",
        "--- On ",
        "From: a <a@b.example>\nDate: 5 Mar 2025 10:11\nTo: b\n\nx\n",
        "| From | a |\n",
    ];
    let quickest = |raw: &[u8]| {
        let message = message::read(raw);
        (0..2)
            .map(|_| {
                let start = std::time::Instant::now();
                let split = reply::split(&message);
                let whole = format!("{}\n{}", split.text, split.signature.unwrap_or_default());
                std::hint::black_box((
                    forwarded::find(&message),
                    signature::find(&whole, message.from.first()),
                ));
                start.elapsed()
            })
            .min()
            .expect("two runs")
    };
    for (unit, prefix) in units.iter().zip(["", "Re: ", "Fwd: "].iter().cycle()) {
        let mail = |size: usize| {
            format!("From: A B <a@b.example>\nSubject: {prefix}x\n\n{}", unit.repeat(size / unit.len()))
                .into_bytes()
        };
        let (small, large) = (quickest(&mail(8 * 1024)), quickest(&mail(64 * 1024)));
        let limit = small * 8 * 4 + std::time::Duration::from_millis(400);
        assert!(large < limit, "{prefix:?} {unit:?}: {small:?} for 8 kB, {large:?} for 64 kB");
    }
}
