//! Browsers, strange names, other ways in.

use super::server::{Server, Wanted, on_the_wire};

#[tokio::test]
async fn a_name_that_was_made_to_point_here_is_refused() {
    let server = Server::new().await;
    let port = server.port;
    for host in [
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("localhost.evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{}", port ^ 1),
        format!("0.0.0.0:{port}"),
        format!("[::1]:{port}"),
        format!("user@127.0.0.1:{port}"),
    ] {
        // Even with a good signature.
        let wanted = server.request().with("host", &host);
        // A signature needs an address; those that have none go without.
        let bytes = if host.contains('@') { unsigned(&wanted) } else { wanted.bytes() };
        server.refuses(bytes, 403, "AccessDeniedException").await;
    }
    server
        .refuses(server.request().sts().with("host", &format!("evil.example:{port}")).bytes(), 403, "AccessDenied")
        .await;
    let mut headers = server.request().signed();
    headers.retain(|(name, _)| name != "host");
    server.refuses(on_the_wire("POST", "/", &headers, b"{}"), 403, "AccessDeniedException").await;
    headers.push(("host".to_owned(), format!("127.0.0.1:{port}")));
    headers.push(("host".to_owned(), format!("127.0.0.1:{port}")));
    server.refuses(on_the_wire("POST", "/", &headers, b"{}"), 403, "AccessDeniedException").await;
    // A request line as proxies get it.
    let proxied = on_the_wire("POST", "http://evil.example/", &server.request().signed(), b"{}");
    server.refuses(proxied, 403, "AccessDeniedException").await;
}

fn unsigned(wanted: &Wanted) -> Vec<u8> {
    let headers: Vec<_> = wanted.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    on_the_wire("POST", "/", &headers, &wanted.body)
}

#[tokio::test]
async fn web_pages_are_refused_whatever_they_send() {
    let server = Server::new().await;
    // A form, or `fetch` without a question before: what any page may send anywhere.
    for origin in ["https://evil.example", "null", ""] {
        let mut page = server.request().with("content-type", "text/plain");
        page.headers.retain(|(name, _)| *name != "x-amz-target");
        page.headers.push(("origin", origin.to_owned()));
        server.refuses(unsigned(&page), 403, "AccessDeniedException").await;
    }
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("sec-fetch-mode", "no-cors"),
        ("origin", &*format!("http://127.0.0.1:{}", server.port)),
    ] {
        // Even with a good signature.
        server.refuses(server.request().aside(name, value).bytes(), 403, "AccessDeniedException").await;
        server.refuses(server.request().with(name, value).bytes(), 403, "AccessDeniedException").await;
    }
}

#[tokio::test]
async fn the_question_of_a_browser_has_no_good_answer() {
    let server = Server::new().await;
    let preflight = format!(
        "OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: authorization,x-amz-target\r\nAccess-Control-Request-Private-Network: true\r\n\r\n",
        server.port
    );
    server.refuses(preflight.clone().into_bytes(), 403, "AccessDeniedException").await;
    let without_origin = preflight.replace("Origin: https://evil.example\r\n", "");
    server.refuses(without_origin.into_bytes(), 405, "UnknownOperationException").await;
}

#[tokio::test]
async fn nothing_but_post_to_one_address_is_taken() {
    let server = Server::new().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECTED"] {
        let wanted = Wanted { method, ..server.request() };
        server.refuses(wanted.bytes(), 405, "UnknownOperationException").await;
    }
    for target in ["/sessions", "//", "/../", "/?Action=GetCallerIdentity", "/?", "/%2e"] {
        let headers = server.request().signed();
        server.refuses(on_the_wire("POST", target, &headers, b"{}"), 404, "UnknownOperationException").await;
    }
    let wanted = server.request().with("x-amz-target", "AWSGlue.CreateJob");
    server.refuses(wanted.bytes(), 400, "UnknownOperationException").await;
}

/// Where all of 127.0.0.0/8 leads to this machine.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_is_at_one_address_only() {
    let server = Server::new().await;
    for other in ["127.0.0.2", "::1"] {
        let connected = tokio::net::TcpStream::connect((other, server.port)).await;
        assert!(connected.is_err(), "{other}");
    }
    server.serves().await;
}

#[tokio::test]
async fn at_its_end_connections_are_closed() {
    let mut server = Server::new().await;
    let mut connection = server.connect().await;
    for _ in 0..2 {
        connection.send(&server.request().bytes()).await;
        assert_eq!(connection.answer().await.unwrap().status, 200);
    }
    drop(server.end.take());
    connection.closed().await;
    tokio::time::timeout(super::server::PATIENCE, &mut server.task).await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", server.port)).await.is_err());
}
