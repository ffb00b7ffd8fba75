//! Figures of tenants to use of quotas: formulas that AWS documents, and profiles of agencies.

/// Returns how many calls there are at once on average, by Little's law. Peaks are higher.
pub fn mean_concurrent_calls(calls_per_hour: f64, average_minutes: f64) -> f64 {
    calls_per_hour * average_minutes / 60.0
}

/// Returns how many post-call analytics jobs run at once: a job takes about 40 % of the call's length.
///
/// <https://docs.aws.amazon.com/connect/latest/adminguide/amazon-connect-service-limits.html>
///
/// ```
/// use tf_headroom::capacity::sizing::post_call_analytics_jobs;
/// assert_eq!(post_call_analytics_jobs(10.0, 3000.0), 200.0);
/// ```
pub fn post_call_analytics_jobs(average_minutes: f64, calls_per_hour: f64) -> f64 {
    average_minutes * 0.4 * calls_per_hour / 60.0
}

/// Returns how many Voice ID sessions are active at once: AWS's table is one for each 20 calls an hour.
///
/// <https://docs.aws.amazon.com/connect/latest/adminguide/amazon-connect-service-limits.html>
pub fn voice_id_sessions(calls_per_hour: f64) -> f64 {
    calls_per_hour / 20.0
}

/// Returns how many assignments a routing profile needs: each queue counts once for each channel.
pub fn queue_channels(queues: u64, channels: u64) -> u64 {
    queues.saturating_mul(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn post_call_jobs_are_those_of_the_table() {
        for (minutes, calls, jobs) in
            [(5.0, 1000.0, 33.0), (10.0, 500.0, 33.0), (10.0, 1000.0, 67.0), (10.0, 3000.0, 200.0)]
        {
            assert_eq!(
                post_call_analytics_jobs(minutes, calls).round(),
                jobs,
                "{minutes} minutes, {calls} calls"
            );
        }
    }

    #[test]
    fn voice_id_sessions_are_those_of_the_table() {
        for (calls, sessions) in
            [(1000.0, 50.0), (5000.0, 250.0), (10_000.0, 500.0), (20_000.0, 1000.0), (50_000.0, 2500.0)]
        {
            assert_eq!(voice_id_sessions(calls), sessions, "{calls} calls");
        }
    }

    #[test]
    fn a_queue_counts_once_for_each_channel() {
        assert_eq!(queue_channels(10, 3), 30);
        assert_eq!(mean_concurrent_calls(600.0, 5.0), 50.0);
    }
}
