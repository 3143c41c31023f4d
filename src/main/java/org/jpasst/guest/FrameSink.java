package org.jpasst.guest;

import java.lang.foreign.MemorySegment;

/**
 * Where frames for the guest are written: the sender borrows room, fills it in place, publishes it.
 *
 * <p>Frames reach the guest in the order in which they were published. All of this belongs to the
 * loop's thread; nothing here allocates or blocks.
 */
public interface FrameSink {
  /** The longest frame that a link takes, in bytes. */
  int MAX_FRAME = 65_535;

  /** Answer of {@link #lend(int)} and its kin: there is no room now. */
  long NO_ROOM = -1;

  /**
   * Whether data may be taken from sockets for the guest now. False while the guest doesn't take
   * what it was sent, or isn't connected; whoever is told so stops reading its socket and goes on
   * when its {@link RoomListener} is called.
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

  /** The memory that the offset given last refers to. It may be another after {@link #lend}. */
  MemorySegment memory();

  /**
   * Borrows room for one frame of data. Frames lent one after the other are independent: each is
   * published or given back.
   *
   * @param capacity greatest length of the frame in bytes, from its Ethernet header on
   * @return offset of the frame's first byte in {@link #memory()}, or {@link #NO_ROOM}
   */
  default long lend(int capacity) {
    return lend(capacity, 0);
  }

  /**
   * Borrows room for one frame whose payload goes straight to where the guest will read it, which
   * needn't be in one piece: see {@link #payload}.
   *
   * @param headers bytes from the frame's Ethernet header to its payload
   * @param capacity greatest length of the payload in bytes
   * @return offset of the frame's first byte in {@link #memory()}, or {@link #NO_ROOM}
   */
  long lend(int headers, int capacity);

  /**
   * Where the payload of frames goes that are lent in two parts. Those of the frame lent last are
   * the pieces from {@link #firstPiece} on, and have the capacity asked for together.
   */
  FramePieces payload();

  /** The first piece of the payload of the frame lent last. */
  int firstPiece();

  /**
   * Borrows room for an answer the guest waits for (a reply of ARP, NDP or DHCP), from a reserve
   * that data doesn't use. Counts the frame as dropped where there is no room.
   *
   * @param capacity greatest length of the frame in bytes
   * @return offset of the frame's first byte in {@link #memory()}, or {@link #NO_ROOM}
   */
  long lendReply(int capacity);

  /**
   * Borrows room for what belongs to one of the guest's flows and carries no data of it (a
   * segment's acknowledgment, a reset, an ICMP error): as {@link #lendReply}, but the last of the
   * reserve is left to answers without which the guest can send nothing at all (ARP, NDP, DHCP). So
   * a guest with ever so many flows still gets those.
   *
   * @param capacity greatest length of the frame in bytes
   * @return offset of the frame's first byte in {@link #memory()}, or {@link #NO_ROOM}
   */
  default long lendControl(int capacity) {
    return lendReply(capacity);
  }

  /**
   * Hands over the oldest lent frame that is neither published nor given back. A frame that is
   * shorter than it was lent for gives back all that were lent after it. Frames under 60 bytes are
   * padded with zeros.
   *
   * @param length of the frame in bytes, without padding
   */
  void publish(int length);

  /**
   * Hands over the oldest lent frame, as {@link #publish(int)} does, with work left to the guest's
   * side as far as its {@link #capabilities} allow. Its checksum field holds the sum of the pseudo
   * header, not complemented.
   *
   * @param transportAt where the TCP or UDP header is, counted from the frame's first byte
   * @param checksumAt where in that header the checksum is
   * @param segmentation one of {@link Segmentation}
   * @param segmentSize bytes of payload of each packet but the last, where there are several
   */
  void publish(int length, int transportAt, int checksumAt, int segmentation, int segmentSize);

  /** Gives back all that is lent and not published. */
  void giveBack();

  /** Sends what is published, as far as the guest's side takes it. */
  void flush();
}
