package org.jpasst.proto.udp;

import java.lang.foreign.ValueLayout;
import org.jpasst.flow.FlowSide;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageBatch;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Sends a flow's datagrams of one batch by one system call, from where they lie. Those in a row
 * that are of one size go as one message that the kernel cuts up again (UDP_SEGMENT in udp(7)):
 * they then pass through its layers once. What it refuses that way is sent singly.
 */
final class UdpSender {
  private static final int MESSAGES_PER_CALL = 64;

  /** UDP_MAX_SEGMENTS of linux/udp.h before Linux 6.9, where it became 128. */
  private static final int MAX_SEGMENTS = 64;

  /** Payload of the longest datagram over IPv4, and so of a message that is cut up. */
  private static final int MAX_BYTES = 65_507;

  private static final ValueLayout.OfShort SEGMENT_SIZE = ValueLayout.JAVA_SHORT;

  private final Sockets sockets;
  private final DatagramSockets datagramSockets;
  private final UdpErrors errors;
  private final Counters counters;
  private final MessageBatch messages =
      new MessageBatch(MESSAGES_PER_CALL, MAX_SEGMENTS, ControlBuffer.capacityFor(Short.BYTES));

  /** How many datagrams each message holds. */
  private final int[] counts = new int[MESSAGES_PER_CALL];

  /** The first datagram that is yet to be sent, where not all were. */
  private int resume;

  UdpSender(Sockets sockets, DatagramSockets datagramSockets, UdpErrors errors, Counters counters) {
    this.sockets = sockets;
    this.datagramSockets = datagramSockets;
    this.errors = errors;
    this.counters = counters;
  }

  /** Sends all that the batch has of a flow. */
  void send(UdpFlow flow, DatagramBatch batch) {
    int next = flow.batchFirst;
    flow.batchFirst = DatagramBatch.NONE;
    if (batch.isTorn()) {
      return;
    }
    while (next != DatagramBatch.NONE) {
      int first = next;
      int wanted = 0;
      while (next != DatagramBatch.NONE && wanted < MESSAGES_PER_CALL) {
        next = prepare(wanted++, flow, batch, next);
      }
      if (!send(flow, batch, first, wanted)) {
        next = resume;
      }
    }
  }

  /**
   * Makes a message of one entry of the batch, or of several datagrams of the same size, of which
   * only the last may be shorter.
   *
   * @return the entry that follows them
   */
  private int prepare(int index, UdpFlow flow, DatagramBatch batch, int first) {
    if (batch.isSimple(first)) {
      return prepareRun(index, flow, batch, first);
    }
    Message message = messages.message(index);
    int count = batch.point(first, message.vectors(), 0);
    counts[index] = 1;
    prepare(flow, message, count, batch.segmentSize(first));
    return batch.next(first);
  }

  private int prepareRun(int index, UdpFlow flow, DatagramBatch batch, int first) {
    Message message = messages.message(index);
    int size = batch.payloadLength(first);
    int most = flow.cutByKernel && size > 0 ? Math.min(MAX_SEGMENTS, MAX_BYTES / size) : 1;
    int count = 0;
    int datagram = first;
    int length;
    do {
      length = batch.payloadLength(datagram);
      count += batch.point(datagram, message.vectors(), count);
      datagram = batch.next(datagram);
    } while (count < most && length == size && fits(batch, datagram, size));
    counts[index] = count;
    prepare(flow, message, count, count > 1 ? size : 0);
    return datagram;
  }

  /** Makes a message ready to be sent; the kernel cuts it up, unless the size is 0. */
  private void prepare(UdpFlow flow, Message message, int count, int segmentSize) {
    message.control().clear();
    if (segmentSize != 0) {
      ControlBuffer control = message.control();
      long at = control.append(SocketLevel.UDP, SocketOption.UDP_SEGMENT, Short.BYTES);
      control.memory().set(SEGMENT_SIZE, at, (short) segmentSize);
    }
    if (flow.connected) {
      message.prepareSendConnected(count);
    } else {
      datagramSockets.destination(flow.flow().host(), message.name());
      message.prepareSend(count);
    }
  }

  private static boolean fits(DatagramBatch batch, int datagram, int size) {
    return datagram != DatagramBatch.NONE
        && batch.isSimple(datagram)
        && batch.payloadLength(datagram) > 0
        && batch.payloadLength(datagram) <= size;
  }

  /**
   * Sends prepared messages.
   *
   * @param first the first datagram of the first message
   * @return false where the kernel didn't want to cut one up: the flow goes on from {@link #resume}
   */
  private boolean send(UdpFlow flow, DatagramBatch batch, int first, int wanted) {
    int datagram = first;
    int sent = 0;
    boolean triedTwice = false;
    while (sent < wanted) {
      int result =
          sockets.sendmmsg(flow.socket().fd(), messages, sent, wanted - sent, MessageFlag.NOSIGNAL);
      if (result > 0) {
        for (int i = 0; i < result; i++) {
          datagram = after(batch, datagram, counts[sent++]);
        }
        triedTwice = false;
      } else if (!triedTwice && isOfEarlierDatagram(flow, result)) {
        triedTwice = true;
      } else if (!isFull(result) && cutOurselves(flow, batch, datagram, counts[sent])) {
        resume = datagram;
        return false;
      } else {
        refuse(flow, batch, result, datagram, counts[sent]);
        datagram = after(batch, datagram, counts[sent++]);
        triedTwice = false;
      }
    }
    return true;
  }

  /** The kernel didn't cut a message up: whether there is more to send singly in its place. */
  private static boolean cutOurselves(UdpFlow flow, DatagramBatch batch, int datagram, int count) {
    if (count == 1 && batch.segmentSize(datagram) == 0) {
      return false;
    }
    flow.cutByKernel = false;
    batch.cut(flow, datagram);
    return count > 1 || batch.segmentSize(datagram) == 0;
  }

  private static int after(DatagramBatch batch, int datagram, int count) {
    int next = datagram;
    for (int i = 0; i < count; i++) {
      next = batch.next(next);
    }
    return next;
  }

  private static boolean isFull(int errno) {
    return errno == -Errno.EAGAIN || errno == -Errno.ENOBUFS;
  }

  /**
   * A socket that learned of an error reports it at its next use, whatever that is (RFC 1122
   * section 4.1.3.3); the guest is told of it, and the datagram is tried again.
   */
  private boolean isOfEarlierDatagram(UdpFlow flow, int errno) {
    boolean never = isFull(errno) || errno == -Errno.EMSGSIZE;
    return !never && errors.drain(flow, false) > 0;
  }

  private void refuse(UdpFlow flow, DatagramBatch batch, int errno, int datagram, int count) {
    int each = datagram;
    for (int i = 0; i < count; i++) {
      counters.increment(Counter.DROP_UDP_SEND, batch.memory(each), batch.headerAt(each));
      each = batch.next(each);
    }
    if (isFull(errno)) {
      return;
    }
    FlowSide guest = flow.flow().guest();
    int mtu = 0;
    if (errno == -Errno.EMSGSIZE) {
      errors.drain(flow, false);
      boolean ipv4 = guest.isIpv4();
      mtu =
          (int)
              Math.max(
                  0,
                  sockets.getsockopt(
                      flow.socket().fd(),
                      ipv4 ? SocketLevel.IP : SocketLevel.IPV6,
                      ipv4 ? SocketOption.IP_MTU : SocketOption.IPV6_MTU));
    }
    errors.refuse(
        guest,
        errno,
        mtu,
        batch.memory(datagram),
        batch.headerAt(datagram),
        batch.lengthInHead(datagram));
  }
}
