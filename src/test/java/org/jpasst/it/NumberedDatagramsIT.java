package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.Alone;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NumberedDatagrams;
import org.jpasst.lab.Operator;
import org.jpasst.lab.TapGuest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A guest stands still a hundred times while datagrams come for it: each once, and in order. */
@LabTest
@Alone
final class NumberedDatagramsIT {
  private static final int FORWARDED = 5003;
  private static final int MTU = 1500;
  private static final int TIMES = 100;

  /**
   * So fast that the path itself, between two processors, lets some datagrams pass others, also
   * where no guest ever stands still (src/test/bench/migration loss).
   */
  private static final int FAST = 50_000;

  /** So slow that the guest's own socket holds what comes at once when it goes on. */
  private static final int SLOW = 1_000;

  @ParameterizedTest
  @CsvSource({"auto,1000", "auto,10000", "auto,50000", "on,1000", "on,10000", "on,50000"})
  void nothingComesTwiceOrInAnotherOrder(String cache, int perSecond) throws Exception {
    List<String> options = new ArrayList<>();
    try (Lab lab = Lab.open()) {
      options.addAll(BackEnd.controlOption(lab));
      options.addAll(List.of("--udp-ports", Integer.toString(FORWARDED), "--packet-cache", cache));
      Path state = lab.directory().resolve("state");
      try (BackEnd backEnd = BackEnd.start(lab, options.toArray(String[]::new));
          TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
          Operator operator = Operator.connect(lab);
          DatagramChannel inside = guest.namespace().call(DatagramChannel::open);
          DatagramChannel outside = lab.remote().call(DatagramChannel::open)) {
        inside.bind(new InetSocketAddress(FORWARDED));
        outside.connect(new InetSocketAddress(Lab.HOST4, FORWARDED));
        NumberedDatagrams datagrams = NumberedDatagrams.start(outside, inside, perSecond);
        for (int i = 0; i < TIMES; i++) {
          datagrams.awaitProgress(10);
          guest.stop();
          assertThat(operator.ask("migrate pause")).contains("ok");
          assertThat(operator.ask("migrate save", state)).contains("ok");
          assertThat(operator.ask("migrate cancel")).contains("ok");
          guest.goOn();
        }
        NumberedDatagrams.Arrived arrived = datagrams.stop();
        System.out.println("cache " + cache + ", " + perSecond + "/s: " + arrived);
        assertThat(arrived.twice()).isZero();
        if (perSecond < FAST) {
          assertThat(arrived.late()).isZero();
        }
        assertThat(arrived.sent()).isGreaterThan(TIMES);
        if (perSecond == SLOW) {
          assertThat(arrived.lost()).isZero();
        }
      }
    }
  }
}
