//! How many requests may come: a bucket of tokens that fills up again.

use tokio::time::Instant;

/// A bucket. A request takes a token; there are at most so many, and so many come again in a second.
#[derive(Debug)]
pub(super) struct Bucket {
    most: f64,
    rate: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// Returns a full one.
    pub(super) fn new(most: u32, rate: u32) -> Self {
        let most = f64::from(most.max(1));
        Self { most, rate: f64::from(rate), tokens: most, filled: Instant::now() }
    }

    /// Takes a token; returns whether there was one.
    pub(super) fn take(&mut self) -> bool {
        let now = Instant::now();
        let since = now.saturating_duration_since(self.filled);
        self.filled = now;
        self.tokens = (self.tokens + since.as_secs_f64() * self.rate).min(self.most);
        let taken = self.tokens >= 1.0;
        if taken {
            self.tokens -= 1.0;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_fills_up_again_and_no_further() {
        let mut bucket = Bucket::new(3, 2);
        let mut taken = |times: usize| (0..times).filter(|_| bucket.take()).count();
        assert_eq!(taken(5), 3);
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(taken(5), 1);
        tokio::time::advance(Duration::from_millis(250)).await;
        assert_eq!(taken(5), 0);
        tokio::time::advance(Duration::from_millis(250)).await;
        assert_eq!(taken(5), 1);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(taken(5), 3);
    }
}
