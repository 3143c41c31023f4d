package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.jpasst.wire.TcpHeader;

/**
 * A guest's TCP in few lines, behind links that lose: sends one sequence of bytes, receives
 * another, and holds what it is sent to both. Positions count from the first byte of a direction.
 */
final class ModelGuest {
  private static final int MSS = 1400;
  private static final int MAX_IN_FLIGHT = 100 * MSS;
  private static final long ROUND_TRIPS = 15_000_000;
  private static final long TIMEOUT = 200_000_000;

  private record Outgoing(int flags, int position, int ack, byte[] options, byte[] payload) {}

  private final ScriptedGuest wire;
  private final LossyLink<Segment> in;
  private final LossyLink<Outgoing> out;
  private final Random random;

  // ---- what it receives
  private final byte[] expected;
  private final int receiveBase;
  private final BitSet arrived = new BitSet();
  private int next;
  private int latest;
  private boolean ackDue;
  private boolean finReceived;

  // ---- what it sends
  private final byte[] data;
  private final int sendBase;
  private final BitSet sacked = new BitSet();
  private final long[] sentAt;
  private int una;
  private int nxt;
  private int edge = 60_000;
  private int duplicates;
  private long progressAt;

  /** A guest whose handshake is done. */
  ModelGuest(ScriptedGuest wire, byte[] data, byte[] expected, long seed, double trouble) {
    this.wire = wire;
    this.data = data;
    this.expected = expected;
    receiveBase = wire.expected;
    sendBase = wire.sequence;
    sentAt = new long[data.length / MSS + 2];
    in = new LossyLink<>(seed, trouble);
    out = new LossyLink<>(seed + 1, trouble);
    random = new Random(seed + 2);
    progressAt = wire.now();
  }

  /** All was sent and acknowledged, all was received, both with their FIN. */
  boolean isDone() {
    return finReceived && una > data.length;
  }

  /** Does all that is to be done at this moment. */
  void step() {
    long now = wire.now();
    wire.received().forEach(each -> in.send(each, now));
    in.deliver(now, this::receive);
    sendNew(now);
    repeat(now);
    if (ackDue) {
      acknowledge();
    }
    out.deliver(now, this::put);
    wire.flush();
  }

  private void put(Outgoing each) {
    int sequence = sendBase + each.position;
    wire.segment(each.flags, sequence, each.ack, each.options, each.payload);
  }

  private void receive(Segment segment) {
    if (segment.has(TcpHeader.RST)) {
      assertThat(isDone() || next > expected.length).as("reset before the end").isTrue();
      una = data.length + 1;
      return;
    }
    assertThat(segment.timestamps().isPresent()).isEqualTo(wire.timestamps);
    takeAcknowledgment(segment);
    int position = segment.sequence() - receiveBase;
    int length = segment.payload().length;
    boolean fin = segment.has(TcpHeader.FIN);
    if (length == 0 && !fin) {
      return;
    }
    assertThat(Arrays.equals(segment.payload(), slice(expected, position, length))).isTrue();
    if (fin) {
      assertThat(position + length).isEqualTo(expected.length);
    }
    boolean inOrder = position <= next && position + length > next;
    arrived.set(position, position + length + (fin ? 1 : 0));
    latest = position;
    next = arrived.nextClearBit(next);
    finReceived = next > expected.length;
    ackDue = true;
    if (!inOrder) {
      acknowledge();
    }
  }

  private static byte[] slice(byte[] bytes, int from, int length) {
    assertThat(from).isBetween(0, bytes.length - length);
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  private void acknowledge() {
    ackDue = false;
    send(TcpHeader.ACK, nxt, new byte[0], blocks());
  }

  /** RFC 2018 section 4. */
  private int[] blocks() {
    if (!wire.sack) {
      return new int[0];
    }
    var blocks = new ArrayList<Integer>();
    int most = wire.timestamps ? 3 : 4;
    if (latest > next) {
      add(blocks, arrived.previousClearBit(latest) + 1);
    }
    int from = arrived.nextSetBit(next);
    while (from >= 0 && blocks.size() < 2 * most) {
      int end = arrived.nextClearBit(from);
      if (latest < from || latest >= end) {
        add(blocks, from);
      }
      from = arrived.nextSetBit(end);
    }
    return blocks.stream().mapToInt(Integer::intValue).toArray();
  }

  private void add(List<Integer> blocks, int from) {
    blocks.add(receiveBase + from);
    blocks.add(receiveBase + arrived.nextClearBit(from));
  }

  private void send(int flags, int position, byte[] payload, int... blocks) {
    byte[] options = wire.options(blocks);
    out.send(new Outgoing(flags, position, receiveBase + next, options, payload), wire.now());
  }

  private void takeAcknowledgment(Segment segment) {
    int ack = segment.acknowledgment() - sendBase;
    assertThat(ack).isBetween(0, nxt);
    assertThat(wire.sack || segment.blocks().isEmpty()).isTrue();
    for (int i = 0; i < segment.blocks().size(); i++) {
      int start = segment.blocks().get(i).start() - sendBase;
      int end = segment.blocks().get(i).end() - sendBase;
      assertThat(start).isBetween(0, end - 1);
      assertThat(end).isLessThanOrEqualTo(nxt);
      // Only the first may tell of what came twice (RFC 2883).
      assertThat(i == 0 || start > ack).isTrue();
      sacked.set(start, end);
    }
    if (ack > una) {
      una = ack;
      duplicates = 0;
      progressAt = wire.now();
    } else if (ack == una && segment.payload().length == 0) {
      duplicates++;
    }
    if (ack == una) {
      edge = Math.max(edge, ack + (segment.window() << 8));
    }
  }

  private void sendNew(long now) {
    while (nxt < data.length && nxt - una < MAX_IN_FLIGHT && nxt < edge) {
      int length = Math.min(Math.min(data.length, edge) - nxt, MSS);
      int at = nxt;
      nxt += length;
      sendData(at, length, now);
    }
    if (nxt == data.length && una == data.length) {
      nxt++;
      sendData(data.length, 0, now);
    }
  }

  private void sendData(int position, int length, long now) {
    for (int each = position / MSS; each <= (position + length) / MSS; each++) {
      sentAt[each] = now;
    }
    boolean fin = position + length == data.length && nxt > data.length;
    int flags = TcpHeader.ACK | (fin ? TcpHeader.FIN : 0);
    ackDue &= arrived.length() > next;
    send(flags, position, slice(data, position, length));
  }

  /** What was told to have arrived is never sent again: it must have been kept. */
  private void repeat(long now) {
    if (una == nxt) {
      progressAt = now;
    } else if (now - progressAt > TIMEOUT) {
      progressAt = now;
      sendMissing(una, now);
    } else if (wire.sack) {
      int lost = sacked.length() - 3 * MSS;
      int at = sacked.nextClearBit(una);
      for (; at < lost; at = sacked.nextClearBit(at)) {
        at = now - sentAt[at / MSS] > ROUND_TRIPS ? sendMissing(at, now) : at + MSS;
      }
    } else if (duplicates >= 3 && now - sentAt[una / MSS] > ROUND_TRIPS) {
      sendMissing(una, now);
    }
  }

  /** Sends a segment of any size again; answers where it ends. */
  private int sendMissing(int at, long now) {
    int gap = sacked.nextSetBit(at);
    int end = Math.min(gap < 0 ? nxt : gap, Math.min(nxt, data.length));
    int most = random.nextBoolean() ? MSS : 1 + random.nextInt(MSS);
    int length = Math.max(0, Math.min(most, end - at));
    sendData(Math.min(at, data.length), length, now);
    return Math.max(at + 1, at + length);
  }
}
