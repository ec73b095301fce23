//! A port on which nobody listens, and nobody else will.

use std::net::{Ipv4Addr, TcpListener};

use tokio::net::TcpSocket;

/// A port of this machine that belongs to the test, and refuses every connection until it [listens](Self::listen).
pub(crate) struct ClosedPort {
    socket: TcpSocket,
}

impl ClosedPort {
    /// Takes a port that is free.
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self { socket }
    }

    /// The address of a service that is not there.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.socket.local_addr().unwrap())
    }

    /// Takes connections from now on.
    pub(crate) fn listen(self) -> TcpListener {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let _entered = runtime.enter();
        self.socket.listen(1024).unwrap().into_std().unwrap()
    }
}
