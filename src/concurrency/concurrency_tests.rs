use super::*;
use crate::config::test_transfer;

fn concurrency(adaptive: bool) -> Concurrency {
    Concurrency::new(&Transfer {
        workers: 32,
        begin_with: adaptive.then_some(4),
        ..test_transfer()
    })
}

fn one_at_a_time() -> Concurrency {
    Concurrency::new(&Transfer {
        workers: 1,
        ..test_transfer()
    })
}

fn free(concurrency: &Concurrency) -> (usize, usize) {
    let shared = &concurrency.shared;
    (
        shared.requests.available_permits(),
        shared.parts.available_permits(),
    )
}

#[test]
fn a_fixed_pace_has_all_its_permits_at_once() {
    assert_eq!(free(&concurrency(false)), (32, 34));
    assert_eq!(free(&concurrency(true)), (4, 6));
}

#[tokio::test]
async fn permits_follow_what_is_allowed_even_while_they_are_out() {
    let concurrency = concurrency(true);
    let set = |allowed| concurrency.shared.search(|search| search.set(allowed));
    let mut permits = Vec::new();
    for _ in 0..4 {
        permits.push(concurrency.request(1).await);
    }
    set(8);
    assert_eq!(free(&concurrency), (4, 10));
    // Two of the free ones and none of those that are out can go.
    set(3);
    assert_eq!(free(&concurrency), (0, 10));
    permits.pop();
    assert_eq!(free(&concurrency), (0, 10));
    permits.pop();
    assert_eq!(free(&concurrency), (1, 10));
    set(8);
    assert_eq!(free(&concurrency), (6, 10));
    drop(permits);
    assert_eq!(free(&concurrency), (8, 10));
    set(2);
    set(16);
    assert_eq!(free(&concurrency), (16, 18));
}

#[test]
fn at_the_most_in_flight_those_read_ahead_are_among_the_parts_held() {
    let concurrency = concurrency(true);
    concurrency.shared.search(|search| search.set(31));
    assert_eq!(free(&concurrency), (31, 32));
    concurrency.shared.search(|search| search.set(32));
    assert_eq!(free(&concurrency), (32, 32));
}

#[tokio::test]
async fn where_the_store_throttles_requests_take_turns() {
    let concurrency = concurrency(true);
    let began = Instant::now();
    concurrency.request(1).await.throttled();
    // As many in a quarter of a second as are allowed, before anything is known of the store.
    for _ in 0..2 {
        drop(concurrency.request(0).await);
    }
    let took = began.elapsed();
    assert!(took > Duration::from_millis(50), "{took:?}");
    assert_eq!(free(&concurrency).0, 4);
}

#[tokio::test]
async fn what_is_served_ends_the_wait_of_one_that_was_throttled() {
    let concurrency = concurrency(true);
    let (one, other) = (concurrency.request(1).await, concurrency.request(1).await);
    one.throttled();
    let served = async { other.done() };
    let hours = Duration::from_hours(9);
    let soon = async { tokio::join!(biased; one.again_after(hours, Early::Served), served) };
    assert!(timeout(Duration::from_secs(9), soon).await.is_ok());
    let late = concurrency
        .request(1)
        .await
        .again_after(hours, Early::Probe);
    let early = timeout(Duration::from_millis(20), late).await;
    assert!(early.is_err());
}

#[tokio::test]
async fn while_the_store_serves_none_newcomers_stay_out() {
    // So many that turns follow each other at once.
    let concurrency = Concurrency::new(&Transfer {
        workers: 1024,
        begin_with: Some(1024),
        ..test_transfer()
    });
    let soon = Duration::from_millis(20);
    let [one, other] = [concurrency.request(1).await, concurrency.request(1).await];
    one.throttled();
    // Nobody else would try again.
    let newcomer = timeout(Duration::from_secs(9), concurrency.request(1)).await;
    drop(newcomer.unwrap());
    let mut again = Box::pin(one.again_after(Duration::from_hours(9), Early::Never));
    assert!(timeout(soon, &mut again).await.is_err());
    assert!(timeout(soon, concurrency.request(1)).await.is_err());
    other.done();
    concurrency.request(1).await.throttled();
    assert!(timeout(soon, concurrency.request(1)).await.is_err());
    let newcomer = timeout(Duration::from_secs(9), concurrency.request(1));
    let (newcomer, ()) = tokio::join!(biased; newcomer, async { drop(again) });
    assert!(newcomer.is_ok());
}

#[tokio::test]
async fn one_that_backs_off_looks_whether_newcomers_may_come() {
    let concurrency = concurrency(true);
    let [one, other] = [concurrency.request(1).await, concurrency.request(1).await];
    one.throttled();
    let hours = Duration::from_hours(9);
    let mut other = Box::pin(other.again_after(hours, Early::Served));
    assert!(
        timeout(Duration::from_millis(20), &mut other)
            .await
            .is_err()
    );
    let again = async { one.again_after(hours, Early::Probe).await.done() };
    let newcomer = async { drop(concurrency.request(1).await) };
    let soon = async { tokio::join!(biased; again, newcomer) };
    assert!(timeout(Duration::from_secs(9), soon).await.is_ok());
}

#[tokio::test]
async fn a_throttled_request_keeps_its_place() {
    let concurrency = one_at_a_time();
    let permit = concurrency.request(1).await;
    let order = Mutex::new(Vec::new());
    let note = |who| order.lock().unwrap().push(who);
    let throttled = async {
        let permit = permit
            .again_after(Duration::from_millis(50), Early::Never)
            .await;
        note("again");
        drop(permit);
    };
    let newcomer = async {
        let permit = concurrency.request(1).await;
        note("new");
        drop(permit);
    };
    tokio::join!(throttled, newcomer);
    assert_eq!(*order.lock().unwrap(), ["again", "new"]);
}

#[tokio::test]
async fn those_that_come_again_wait_for_one_newcomer_at_most() {
    let concurrency = one_at_a_time();
    let permit = concurrency.request(1).await;
    let order = Mutex::new(Vec::new());
    let note = |who, _turn: RequestPermit<'_>| order.lock().unwrap().push(who);
    let newcomers = async {
        let newcomer = async || note("new", concurrency.request(1).await);
        tokio::join!(newcomer(), newcomer(), newcomer());
    };
    let again = async { note("again", concurrency.again(1).await) };
    // The newcomers are in line before it.
    tokio::join!(biased; newcomers, again, async { drop(permit) });
    assert_eq!(*order.lock().unwrap(), ["new", "again", "new", "new"]);
}

#[tokio::test]
async fn what_needs_no_permit_takes_none_away() {
    let concurrency = concurrency(true);
    let permits = [concurrency.request(1).await, concurrency.request(1).await];
    concurrency.shared.search(|search| search.set(1));
    drop(concurrency.at_once());
    // Both are out, and one of them is not to come back.
    assert_eq!(free(&concurrency).0, 0);
    drop(permits);
    assert_eq!(free(&concurrency).0, 1);
}

#[tokio::test]
async fn what_needs_no_permit_waits_for_no_turn() {
    let concurrency = concurrency(true);
    let permit = concurrency.request(1).await;
    permit.throttled();
    // The next turn is that much later.
    concurrency.shared.search(|search| {
        for _ in 0..400 {
            search.turn(Instant::now());
        }
    });
    let again = concurrency
        .at_once()
        .again_after(Duration::ZERO, Early::Never);
    assert!(timeout(Duration::from_secs(9), again).await.is_ok());
}
