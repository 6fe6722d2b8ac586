//! When a site that could not be read is asked again: less and less often.

use std::time::Duration;

/// So many failures in a row change nothing: networks have bad minutes.
const FORGIVEN: u32 = 2;
/// The first pause beyond them; doubled each time.
const FIRST: Duration = Duration::from_mins(30);
/// The longest pause: a site is asked once a day whatever it did.
const LONGEST: Duration = Duration::from_hours(24);

/// How long to leave a site in peace after `failures` in a row, of which the last asked to come
/// back after `asked`; zero when it is asked on the next pass as usual.
pub fn pause(failures: u32, asked: Option<Duration>) -> Duration {
    let beyond = failures.saturating_sub(FORGIVEN);
    let own = match beyond {
        0 => Duration::ZERO,
        beyond => FIRST.saturating_mul(2_u32.saturating_pow(beyond - 1)),
    };
    own.max(asked.unwrap_or_default()).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_asked_less_and_less_often_and_at_least_once_a_day() {
        let minutes: Vec<u64> = (0..12).map(|it| pause(it, None).as_secs() / 60).collect();
        assert_eq!(minutes, [0, 0, 0, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440]);
        assert_eq!(pause(u32::MAX, None), LONGEST);
    }

    #[test]
    fn a_site_that_asks_for_more_time_gets_it_up_to_a_day() {
        assert_eq!(pause(1, Some(Duration::from_hours(2))), Duration::from_hours(2));
        assert_eq!(pause(1, Some(Duration::from_hours(200))), LONGEST);
        assert_eq!(pause(4, Some(Duration::from_secs(5))), Duration::from_hours(1));
    }
}
