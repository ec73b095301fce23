//! Too much, too slow, too many.

use std::time::Duration;

use glue_ls::local::listen::Bounds;
use glue_ls::local::service::LARGEST_REQUEST;

use super::server::{Connection, Server};

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn large_bodies_are_refused() {
    let server = Server::new().await;
    let mut wanted = server.request();
    // It is no larger than that is told before it comes.
    server.refuses(wanted.head("content-length: 1099511627776\r\n"), 413, "RequestEntityTooLargeException").await;
    wanted.body = vec![b' '; LARGEST_REQUEST + 1];
    server.refuses(wanted.bytes(), 413, "RequestEntityTooLargeException").await;
    server.refuses(wanted.clone().sts().head("content-length: 99999999\r\n"), 413, "RequestEntityTooLarge").await;
    // Nothing is told before.
    let mut chunked = wanted.head("transfer-encoding: chunked\r\n");
    for _ in 0..=LARGEST_REQUEST / 65_536 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.resize(chunked.len() + 65_536, b' ');
        chunked.extend_from_slice(b"\r\n");
    }
    server.refuses(chunked, 413, "RequestEntityTooLargeException").await;
    wanted.body.truncate(LARGEST_REQUEST);
    wanted.body[..2].copy_from_slice(b"{}");
    assert_eq!(server.answer(&wanted).await.status, 200);
}

#[tokio::test]
async fn without_a_key_no_body_is_read() {
    let server = Server::bounded(Bounds { drain_time: SHORT, ..Bounds::default() }).await;
    let wanted = server.request();
    let anybody = format!("POST / HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-length: 1000000000\r\n\r\n", server.port);
    server.refuses(anybody.into_bytes(), 400, "MissingAuthenticationTokenException").await;
    let browser = wanted.with("origin", "null").head("content-length: 1000000000\r\n");
    server.refuses(browser, 403, "AccessDeniedException").await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let server = Server::bounded(Bounds { body_time: SHORT, drain_time: SHORT, ..Bounds::default() }).await;
    let mut half = server.request().head("content-length: 100\r\n");
    half.extend_from_slice(b"{\"MaxResults\"");
    server.refuses(half, 408, "RequestTimeoutException").await;
    let mut chunk = server.request().sts().head("transfer-encoding: chunked\r\n");
    chunk.extend_from_slice(b"5\r\nAct");
    server.refuses(chunk, 408, "RequestTimeout").await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_none() {
    let server = Server::new().await;
    let mut connection = server.connect().await;
    let mut request = server.request();
    request.body = br#"{"MaxResults":1}"#.to_vec();
    let bytes = request.bytes();
    connection.send(&bytes[..bytes.len() - 1]).await;
    tokio::io::AsyncWriteExt::shutdown(&mut connection.stream).await.unwrap();
    if let Some(answer) = connection.answer().await {
        assert_ne!(answer.status, 200, "{answer:?}");
    }
    server.serves().await;
}

#[tokio::test]
async fn a_head_that_does_not_come_is_given_up() {
    let server = Server::bounded(Bounds { head_time: SHORT, ..Bounds::default() }).await;
    let (mut silent, mut slow, mut idle) = (server.connect().await, server.connect().await, server.connect().await);
    slow.send(b"POST / HTTP/1.1\r\nHost: 127.0.").await;
    // Good at first, and then without a further request.
    idle.send(&server.request().bytes()).await;
    for connection in [&mut silent, &mut slow, &mut idle] {
        connection.closed().await;
    }
    server.serves().await;
}

/// A head that grows byte by byte, and never ends.
#[tokio::test]
async fn a_head_that_trickles_is_given_up() {
    let server = Server::bounded(Bounds { head_time: SHORT, ..Bounds::default() }).await;
    let mut connection = server.connect().await;
    connection.send(b"POST / HTTP/1.1\r\nx: ").await;
    let (mut reader, mut writer) = connection.stream.split();
    let trickle = async {
        while tokio::io::AsyncWriteExt::write_all(&mut writer, b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let mut rest = Vec::new();
    let closed = tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut rest);
    let ended = async {
        tokio::select! {
            () = trickle => {}
            _ = closed => {}
        }
    };
    tokio::time::timeout(super::server::PATIENCE, ended).await.unwrap();
    server.serves().await;
}

#[tokio::test]
async fn large_heads_are_refused() {
    let server = Server::new().await;
    let long = "x".repeat(100_000);
    let head = |more: String| format!("POST / HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n{more}\r\n", server.port).into_bytes();
    server.refuses(head(format!("x-more: {long}\r\n")), 431, "").await;
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    server.refuses(head(many), 431, "").await;
    let address = format!("POST /{long} HTTP/1.1\r\n\r\n").into_bytes();
    let answer = server.told(&address).await.unwrap();
    assert!(matches!(answer.status, 414 | 431), "{answer:?}");
    server.serves().await;
}

#[tokio::test]
async fn junk_is_refused() {
    let server = Server::new().await;
    for junk in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a client that speaks TLS\r\n\r\n"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost 127.0.0.1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    ] {
        if let Some(answer) = server.told(junk).await {
            assert!((400..=505).contains(&answer.status), "{junk:?}: {answer:?}");
        }
        server.serves().await;
    }
}

#[tokio::test]
async fn behind_a_good_request_nothing_comes_in() {
    let server = Server::new().await;
    let good = server.request().bytes();
    let unsigned = format!("POST / HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-length: 2\r\n\r\n{{}}", server.port);
    let wrong = server.request().bytes_with(b"[]");
    for (junk, status, code) in [
        (&b"\x01\x02\x03 junk\r\n\r\n"[..], 400, ""),
        (unsigned.as_bytes(), 400, "MissingAuthenticationTokenException"),
        (&wrong[..], 400, "InvalidSignatureException"),
    ] {
        let mut connection = server.connect().await;
        // All at once; what stands behind the refused one is not looked at any more.
        connection.send(&[&good[..], &good, junk, &good].concat()).await;
        for _ in 0..2 {
            assert_eq!(connection.answer().await.unwrap().status, 200);
        }
        let answer = connection.answer().await.unwrap();
        assert_eq!((answer.status, &*answer.code()), (status, code), "{answer:?}");
        assert!(connection.answer().await.is_none());
        server.serves().await;
    }
}

#[tokio::test]
async fn connections_are_counted() {
    let bounds = Bounds { connections: 2, turned_away: 1, head_time: super::server::PATIENCE, ..Bounds::default() };
    let server = Server::bounded(Bounds { drain_time: super::server::PATIENCE, ..bounds }).await;
    let served = async || {
        let mut connection = server.connect().await;
        connection.send(&server.request().bytes()).await;
        assert_eq!(connection.answer().await.unwrap().status, 200);
        connection
    };
    let inside: [Connection; 2] = [served().await, served().await];
    let refused = server.told(&server.request().bytes()).await.unwrap();
    assert_eq!((refused.status, &*refused.code()), (503, "ServiceUnavailableException"));
    // Of those that are turned away, too, there are so many: the others have no answer at all.
    let mut waiting = vec![server.connect().await];
    let alone = async {
        loop {
            let mut connection = server.connect().await;
            connection.send(&server.request().bytes()).await;
            match connection.answer().await {
                None => break,
                Some(answer) => assert_eq!(answer.status, 503),
            }
            waiting.push(server.connect().await);
        }
    };
    tokio::time::timeout(super::server::PATIENCE, alone).await.unwrap();
    drop((inside, waiting));
    // The places are free again as soon as the server has seen that they are.
    let again = async {
        loop {
            if let Some(answer) = server.told(&server.request().bytes()).await {
                match answer.status {
                    200 => break,
                    status => assert_eq!(status, 503),
                }
            }
        }
    };
    tokio::time::timeout(super::server::PATIENCE, again).await.unwrap();
}

#[tokio::test]
async fn the_rate_is_bounded_for_those_who_have_the_key() {
    let server = Server::bounded(Bounds { burst: 3, rate: 0, ..Bounds::default() }).await;
    // Whoever has none takes nothing away from the others.
    let unsigned = format!("POST / HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-length: 2\r\n\r\n{{}}", server.port);
    for _ in 0..10 {
        assert_eq!(server.told(unsigned.as_bytes()).await.unwrap().status, 400);
        assert_eq!(server.told(&server.request().bytes_with(b"[]")).await.unwrap().status, 400);
    }
    let mut connection = server.connect().await;
    for number in 0..6 {
        connection.send(&server.request().bytes()).await;
        let answer = connection.answer().await.unwrap();
        let wanted = if number < 3 { (200, "") } else { (400, "ThrottlingException") };
        assert_eq!((answer.status, &*answer.code()), wanted, "{number}: {answer:?}");
    }
    connection.send(&server.request().sts().bytes()).await;
    assert_eq!(connection.answer().await.unwrap().code(), "Throttling");
}
