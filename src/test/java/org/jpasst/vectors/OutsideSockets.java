package org.jpasst.vectors;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.jpasst.lab.Lab;
import org.jpasst.lab.NetworkNamespace;

/** The servers and clients outside the guest in one exchange: at most one of each kind. */
final class OutsideSockets implements AutoCloseable {
  private static final Duration ARRIVAL = Duration.ofSeconds(3);
  private static final Duration NO_ARRIVAL = Duration.ofMillis(20);
  private static final int LARGEST_DATAGRAM = 65_535;

  private final Lab lab;
  private Optional<DatagramSocket> udp = Optional.empty();
  private Optional<ServerSocket> listener = Optional.empty();
  private Optional<Socket> tcp = Optional.empty();

  OutsideSockets(Lab lab) {
    this.lab = lab;
  }

  void bind(Step.UdpBind step) {
    udp =
        Optional.of(
            in(step.side())
                .call(
                    () ->
                        new DatagramSocket(
                            new InetSocketAddress(address(step.address()), step.port()))));
  }

  void send(Step.UdpSend step) {
    try {
      udp.orElseThrow()
          .send(
              new DatagramPacket(
                  step.payload(), step.payload().length, address(step.address()), step.port()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void receive(Step.UdpReceive step) {
    boolean wanted = step.datagram().isPresent();
    var packet = new DatagramPacket(new byte[LARGEST_DATAGRAM], LARGEST_DATAGRAM);
    try {
      udp.orElseThrow().setSoTimeout((int) (wanted ? ARRIVAL : NO_ARRIVAL).toMillis());
      udp.orElseThrow().receive(packet);
    } catch (SocketTimeoutException e) {
      check("a datagram", wanted, false);
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    check("a datagram", wanted, true);
    Step.Datagram datagram = step.datagram().orElseThrow();
    byte[] payload = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
    check("payload", hex(datagram.payload()), hex(payload));
    check("sender", address(datagram.address()), packet.getAddress());
    check("sender's port", datagram.port(), packet.getPort());
  }

  void listen(Step.TcpListen step) {
    listener =
        Optional.of(
            in(step.side())
                .call(
                    () -> {
                      var socket = new ServerSocket();
                      socket.setReuseAddress(true);
                      socket.bind(new InetSocketAddress(address(step.address()), step.port()));
                      return socket;
                    }));
  }

  void accept(Step.TcpAccept step) {
    try {
      listener.orElseThrow().setSoTimeout((int) ARRIVAL.toMillis());
      Socket socket = listener.orElseThrow().accept();
      tcp = Optional.of(socket);
      check("peer", address(step.peer()), socket.getInetAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("accept", e);
    }
  }

  void connect(Step.TcpConnect step) {
    tcp =
        Optional.of(
            in(step.side())
                .call(
                    () -> {
                      var socket = new Socket();
                      socket.setReuseAddress(true);
                      socket.bind(new InetSocketAddress(step.source(), step.sourcePort()));
                      socket.connect(
                          new InetSocketAddress(step.address(), step.port()),
                          (int) ARRIVAL.toMillis());
                      return socket;
                    }));
  }

  void send(Step.TcpSend step) {
    try {
      tcp.orElseThrow().getOutputStream().write(step.data());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void receive(Step.TcpReceive step) {
    var data = new ByteArrayOutputStream();
    try {
      tcp.orElseThrow().setSoTimeout((int) ARRIVAL.toMillis());
      int wanted = step.data().map(each -> each.length).orElse(0);
      do {
        int next = tcp.orElseThrow().getInputStream().read();
        if (next < 0) {
          break;
        }
        data.write(next);
      } while (data.size() < wanted);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("only " + data.size() + " bytes came, and no end", e);
    } catch (SocketException e) {
      check("reset", step.data().isEmpty(), true);
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    check("data", step.data().map(OutsideSockets::hex), Optional.of(hex(data.toByteArray())));
  }

  void close(Step.TcpClose step) {
    close(tcp.orElseThrow());
  }

  void shutdown(Step.TcpShutdownWrite step) {
    try {
      tcp.orElseThrow().shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void reset(Step.TcpReset step) {
    try {
      tcp.orElseThrow().setSoLinger(true, 0);
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
    close(tcp.orElseThrow());
  }

  @Override
  public void close() {
    udp.ifPresent(OutsideSockets::close);
    listener.ifPresent(OutsideSockets::close);
    tcp.ifPresent(OutsideSockets::close);
  }

  private NetworkNamespace in(Step.Side side) {
    return side == Step.Side.HOST ? lab.host() : lab.remote();
  }

  private static void check(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(
          "outside the guest: %s: expected %s, was %s".formatted(what, expected, actual));
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }

  private static void close(java.io.Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
