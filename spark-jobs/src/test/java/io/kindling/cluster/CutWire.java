package io.kindling.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Passes 127.0.0.1:port on to 127.0.0.2 and the same port, until it is cut: then nothing passes and
 * no end of a connection is told, as when a switch fails.
 */
final class CutWire implements AutoCloseable {
  private final ServerSocket server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile boolean cut;

  CutWire() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  void cut() {
    cut = true;
  }

  /** New connections pass again; those that were cut stay dead and are reset. */
  void mend() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    cut = false;
  }

  private interface Body {
    void run() throws IOException, InterruptedException;
  }

  private static void start(Body body) {
    Thread thread =
        new Thread(
            () -> {
              try {
                body.run();
              } catch (IOException | InterruptedException e) {
                return; // the connection is over
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket from = server.accept();
      Socket to = new Socket();
      to.connect(new InetSocketAddress("127.0.0.2", port()), 1000);
      sockets.addAll(List.of(from, to));
      start(() -> pump(from, to));
      start(() -> pump(to, from));
    }
  }

  private void pump(Socket from, Socket to) throws IOException, InterruptedException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        while (cut) {
          Thread.sleep(10);
        }
        out.write(buffer, 0, n);
      }
    }
  }

  @Override
  public void close() throws IOException {
    mend();
    server.close();
  }
}
