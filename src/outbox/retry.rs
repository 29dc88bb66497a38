//! When there is another attempt, and when there is none. Pure, but for [`jittered`].

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// Before the second attempt.
const FIRST: Duration = Duration::from_secs(60);
/// Between later ones.
const LONGEST: Duration = Duration::from_secs(4 * 3600);
/// What could not be sent for so long is given up: as long as Postfix tries.
const LIFETIME: SignedDuration = SignedDuration::from_hours(5 * 24);
/// How far a pause is off at most, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// The pause after the attempt that failed as the `failed`-th; `random` from 0 to 1.
pub fn pause(failed: u32, random: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failed.saturating_sub(1).min(16)).min(LONGEST);
    doubled.mul_f64(1.0 + JITTER * (2.0 * random.clamp(0.0, 1.0) - 1.0))
}

/// The same, at a random place.
pub fn jittered(failed: u32) -> Duration {
    let (random, _) = Uuid::new_v4().as_u64_pair();
    // Of 64 random bits the upper ones are enough.
    pause(failed, f64::from(u32::try_from(random >> 32).unwrap_or(0)) / f64::from(u32::MAX))
}

/// Whether what is tried since then is given up.
pub fn is_over(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since) >= LIFETIME
}

/// The pause after the server has failed everybody `in_a_row` times: it is asked again soon, as nothing but a
/// connection is lost by it.
pub fn server_pause(in_a_row: u32) -> Duration {
    Duration::from_millis(500)
        .saturating_mul(1 << in_a_row.saturating_sub(1).min(10))
        .min(Duration::from_secs(30))
}

/// Whether it is worth a warning that the server has failed everybody so often in a row: at first each time, then
/// about once an hour, as a server that was never set up fails for ever.
pub fn is_said(in_a_row: u32) -> bool {
    in_a_row <= 3 || in_a_row.is_multiple_of(120)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_a_minute_to_four_hours_and_are_never_alike() {
        let minutes = |failed| pause(failed, 0.5).as_secs() / 60;
        assert_eq!([1, 2, 3, 8, 9, 100, u32::MAX].map(minutes), [1, 2, 4, 128, 240, 240, 240]);
        assert_eq!(minutes(0), 1);
        assert_eq!((pause(1, 0.0).as_secs(), pause(1, 1.0).as_secs()), (48, 72));
        assert!(pause(50, 1.0) <= Duration::from_secs(5 * 3600));
        assert_eq!(pause(1, f64::INFINITY), pause(1, 1.0));
    }

    #[test]
    fn after_five_days_it_is_over() {
        let since = Timestamp::UNIX_EPOCH;
        let after = |hours| is_over(since, since + SignedDuration::from_hours(hours));
        assert!(!after(119) && after(120) && after(10_000));
        assert!(!is_over(since + SignedDuration::from_hours(1), since), "a clock that was set back");
    }

    #[test]
    fn server_that_is_away_is_asked_within_half_a_minute() {
        assert_eq!(server_pause(1), Duration::from_millis(500));
        assert_eq!(server_pause(u32::MAX), Duration::from_secs(30));
        // 2,880 times a day.
        assert!(is_said(1) && (1..=2880).filter(|n| is_said(*n)).count() < 30);
    }
}
