package org.jpasst.guest;

import java.lang.foreign.MemorySegment;

/**
 * Where frames for the guest are written: the sender borrows room, fills it in place, publishes it.
 *
 * <p>Several frames may be lent at a time. They are published in the order in which they were lent,
 * and reach the guest in that order; what isn't published is given back. Whoever is refused room,
 * by any of the methods, has its {@link RoomListener} called when there is some again. All of this
 * belongs to the loop's thread; nothing here allocates or blocks.
 */
public interface FrameSink {
  /** The longest frame that a link takes, in bytes. */
  int MAX_FRAME = 65_535;

  /**
   * Whether data may be taken from sockets for the guest now. False while the guest doesn't take
   * what it was sent, or isn't connected; whoever is told so stops reading its socket.
   */
  boolean hasRoom();

  /**
   * Whether the guest's side still has to take frames that were published before: a guest that
   * stands still, whose silence says nothing. May ask the kernel, so it isn't for each frame.
   */
  default boolean isStalled() {
    return !hasRoom();
  }

  /** Whether frames may be lost on their way to the guest, where they come faster than it reads. */
  default boolean isLossy() {
    return false;
  }

  /** What the guest's side does with frames; changes only with the guest. */
  LinkCapabilities capabilities();

  /**
   * Borrows room for one frame of data.
   *
   * @param capacity greatest length of the frame in bytes, from its Ethernet header on
   * @return the frame, or {@link LentFrame#NONE}
   */
  default LentFrame lend(int capacity) {
    return lend(capacity, 0);
  }

  /**
   * Borrows room for one frame whose payload goes straight to where the guest will read it, which
   * needn't be in one piece.
   *
   * @param headers bytes from the frame's Ethernet header to its payload
   * @param capacity greatest length of the payload in bytes
   * @return the frame, or {@link LentFrame#NONE}
   */
  LentFrame lend(int headers, int capacity);

  /**
   * Borrows room for an answer the guest waits for (a reply of ARP, NDP or DHCP), from a reserve
   * that data doesn't use. Counts the frame as dropped where there is no room.
   *
   * @param capacity greatest length of the frame in bytes
   * @return the frame, or {@link LentFrame#NONE}
   */
  LentFrame lendReply(int capacity);

  /**
   * Borrows room for what belongs to one of the guest's flows and carries no data of it (a
   * segment's acknowledgment, a reset, an ICMP error): as {@link #lendReply}, but the last of the
   * reserve is left to answers without which the guest can send nothing at all (ARP, NDP, DHCP). So
   * a guest with ever so many flows still gets those.
   *
   * @param capacity greatest length of the frame in bytes
   * @return the frame, or {@link LentFrame#NONE}
   */
  default LentFrame lendControl(int capacity) {
    return lendReply(capacity);
  }

  /**
   * Hands over the oldest lent frame, as it is to go to the guest. A frame that is shorter than it
   * was lent for gives back all that were lent after it. Frames under 60 bytes are padded with
   * zeros.
   *
   * @param length of the frame in bytes, without padding
   */
  default void publish(LentFrame frame, int length) {
    publish(frame, length, Offload.NONE);
  }

  /**
   * Hands over the oldest lent frame, as {@link #publish(LentFrame, int)} does, with work left to
   * the guest's side. A sink is never asked for more than its {@link #capabilities} say.
   *
   * @param offload what is left to do; the caller's again after this
   */
  void publish(LentFrame frame, int length, Offload offload);

  /**
   * Hands over a copy of a frame of another link, behind those that are published; nothing may be
   * lent.
   *
   * @param frame has at least so many bytes in its head as headers are told
   * @param headers bytes from the frame's Ethernet header to its payload; where it is one packet,
   *     any number of its first bytes
   * @param offload work left to this side, no more than its {@link #capabilities} say
   * @return false if there is no room
   */
  default boolean forward(Frame frame, int headers, Offload offload) {
    int length = frame.length();
    boolean whole = frame.isInOnePiece();
    LentFrame lent = whole ? lend(headers, length - headers) : lend(length);
    if (lent.isNone()) {
      return false;
    }
    if (whole) {
      MemorySegment.copy(frame.memory(), frame.at(), lent.memory(), lent.at(), headers);
      lent.pieces().fill(lent.firstPiece(), frame.memory(), frame.at() + headers, length - headers);
    } else {
      frame.copy(frame.at(), length, lent.memory(), lent.at());
    }
    publish(lent, length, offload);
    return true;
  }

  /** Gives back all that is lent and not published. */
  void giveBack();

  /** Sends what is published, as far as the guest's side takes it. */
  void flush();
}
