package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.Test;

/** A QEMU guest moves to another host in the midst of its connections. */
@LabTest
final class QemuMigrationIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int FORWARDED = 5001;
  private static final int PORT = 7001;

  @Test
  void connectionsGoOnOnTheOtherHost() throws Exception {
    try (Lab lab = Lab.open();
        Lab twin = lab.twin();
        BackEnd source = start(lab);
        BackEnd target = start(twin);
        QemuGuest guest = QemuGuest.boot(lab, LabTree.testing(), netdev(source));
        QemuGuest moved =
            QemuGuest.incoming(
                "unix:" + twin.directory().resolve("migration"),
                twin,
                LabTree.testing(),
                netdev(target));
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT)) {
      guest.run("ip link set eth0 up && ip addr add 192.0.2.1/24 dev eth0");
      guest.run("ip route add default via 192.0.2.2");
      guest.run("ping -c 1 -W 5 " + Lab.REMOTE4);
      guest.run("(nc " + Lab.REMOTE4 + " " + PORT + " >/tmp/got; echo end >/tmp/end) </dev/zero &");
      SocketChannel accepted = server.accept();
      System.out.println("connected");
      guest.monitor().migrate("unix:" + twin.directory().resolve("migration"));
      System.out.println(guest.monitor().awaitMigration());
      moved.monitor().awaitRunning();
      twin.becomeReachable();
      System.out.println(source.process().output());
      System.out.println(target.process().output());
      accepted.write(java.nio.ByteBuffer.wrap("hello after\n".getBytes()));
      accepted.shutdownOutput();
      System.out.println(moved.run("sleep 1; cat /tmp/got; ip addr"));
      System.out.println(
          lab.remote()
              .call(
                  () ->
                      new String(
                          new ProcessBuilder("ss", "-tinm")
                              .start()
                              .getInputStream()
                              .readAllBytes())));
      System.out.println(
          twin.host()
              .call(
                  () ->
                      new String(
                          new ProcessBuilder("ss", "-tinm")
                              .start()
                              .getInputStream()
                              .readAllBytes())));
      assertThat(moved.run("cat /tmp/got")).isEqualTo("hello after");
    }
  }

  private static BackEnd start(Lab lab) {
    return BackEnd.start(
        lab, "--vhost-user", "--debug", "--tcp-ports", Integer.toString(FORWARDED));
  }

  private static String[] netdev(BackEnd backEnd) {
    return List.of(
            "-chardev",
            "socket,id=c,path=" + backEnd.socket(),
            "-netdev",
            "vhost-user,chardev=c,id=" + QemuGuest.NETDEV)
        .toArray(String[]::new);
  }
}
