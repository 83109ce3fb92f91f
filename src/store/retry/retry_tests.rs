use super::*;

fn retry(rate: Option<u64>) -> Retry {
    let retry_policy = RetryPolicy {
        retries: 10,
        retry_delay: Duration::from_secs(1),
        retry_max_delay: Duration::from_secs(30),
        connect_timeout: Duration::from_secs(10),
        stall_timeout: Duration::from_secs(60),
        retry_for: Duration::from_secs(900),
        idle_timeout: None,
        timeout: None,
    };
    let concurrency = Concurrency::new(&crate::config::test_transfer());
    Retry::new(retry_policy, Arc::default(), rate, 4, concurrency)
}

#[test]
fn delays_stay_below_a_bound_that_doubles_up_to_the_largest() {
    for (attempts, bound) in [(1, 1), (2, 2), (3, 4), (6, 30), (40, 30)] {
        let bound = Duration::from_secs(bound);
        let delays: Vec<_> = (0..200)
            .map(|_| retry(None).delay(attempts, None))
            .collect();
        assert!(delays.iter().all(|delay| *delay <= bound), "{attempts}");
        assert!(delays.iter().any(|delay| *delay > bound / 2), "{attempts}");
        assert!(delays.iter().any(|delay| *delay < bound / 2), "{attempts}");
    }
}

#[test]
fn the_store_s_retry_after_is_a_lower_bound_within_reason() {
    let asked = Some(Duration::from_secs(20));
    assert!(retry(None).delay(1, asked) >= Duration::from_secs(20));
    assert!(retry(None).delay(1, Some(Duration::MAX)) <= Duration::from_secs(301));
}

#[test]
fn an_attempt_has_time_for_its_size_at_the_slowest_rate() {
    let ten_mib = 10 << 20;
    assert!(
        retry(None).attempt_limit(ten_mib, &Tries::new(Instant::now())) > Duration::from_secs(2560)
    );
    assert!(
        retry(Some(800)).attempt_limit(ten_mib, &Tries::new(Instant::now()))
            > Duration::from_secs(100_000)
    );
}
fn unanswered() -> Failure {
    Failure::late("UploadPart", Duration::ZERO)
}

fn throttled() -> Failure {
    let mut failure = Failure::local("UploadPart", FailureKind::Retry, "");
    failure.code = Some("SlowDown".to_owned());
    failure.known = crate::store::codes::find("SlowDown", "");
    failure
}

/// Attempts that fail like this one after the other, until no more are made.
fn attempts(retry: &Retry, failure: &Failure, most: u32) -> u32 {
    let mut tries = Tries::new(Instant::now());
    loop {
        tries.another();
        let goes_on = retry.goes_on(failure, &mut tries, Duration::ZERO);
        if !goes_on || tries.made == most {
            return tries.made;
        }
    }
}

#[test]
fn an_outage_is_sat_out_once_the_store_has_answered() {
    let mut retry = retry(None);
    assert_eq!(attempts(&retry, &unanswered(), 99), 11);
    retry.health.succeeded();
    assert_eq!(attempts(&retry, &unanswered(), 99), 99);
    retry.retry_policy.retry_for = Duration::ZERO;
    assert_eq!(attempts(&retry, &unanswered(), 99), 11);
}

#[test]
fn what_was_sat_out_leaves_the_retries_for_what_follows() {
    let retry = retry(None);
    retry.health.succeeded();
    let mut tries = Tries::new(Instant::now());
    for _ in 0..50 {
        tries.another();
        assert!(retry.goes_on(&unanswered(), &mut tries, Duration::ZERO));
    }
    let internal = Failure::local("UploadPart", FailureKind::Retry, "");
    tries.another();
    assert!(retry.goes_on(&internal, &mut tries, Duration::ZERO));
}

#[test]
fn throttling_uses_up_retries_unless_others_succeed() {
    let retry = retry(None);
    retry.health.succeeded();
    assert_eq!(attempts(&retry, &throttled(), 99), 11);
    let mut tries = Tries::new(Instant::now());
    for _ in 0..99 {
        tries.another();
        retry.health.succeeded();
        assert!(retry.goes_on(&throttled(), &mut tries, Duration::ZERO));
    }
}

#[test]
fn only_what_uses_up_no_retries_is_tried_again_early() {
    let mut retry = retry(None);
    assert_eq!(retry.early(&throttled(), true), Early::Probe);
    assert_eq!(retry.early(&throttled(), false), Early::Served);
    let mut asked = throttled();
    asked.retry_after = Some(Duration::from_secs(1));
    assert_eq!(retry.early(&asked, true), Early::Never);
    let mut gateway = Failure::local("UploadPart", FailureKind::Retry, "");
    gateway.status = Some(503);
    assert!(gateway.is_throttling());
    assert_eq!(retry.early(&gateway, false), Early::Never);
    for purpose in [Purpose::Look, Purpose::CleanUp] {
        retry.purpose = purpose;
        assert_eq!(retry.early(&throttled(), false), Early::Never);
    }
}

#[test]
fn what_moves_nothing_on_is_not_tried_for_long() {
    let looks = Retry {
        purpose: Purpose::Look,
        ..retry(None)
    };
    looks.health.succeeded();
    assert_eq!(attempts(&looks, &unanswered(), 99), 3);
    assert_eq!(attempts(&looks, &throttled(), 99), 3);
    let cleans = Retry {
        purpose: Purpose::CleanUp,
        ..retry(None)
    };
    assert_eq!(attempts(&cleans, &unanswered(), 99), 99);
    let mut tries = Tries::new(Instant::now());
    tries.another();
    assert!(!cleans.goes_on(&unanswered(), &mut tries, NOT_LONG));
    assert!(cleans.attempt_limit(0, &tries) <= NOT_LONG);
}
