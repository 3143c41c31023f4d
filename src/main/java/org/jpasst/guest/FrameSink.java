package org.jpasst.guest;

import java.lang.foreign.MemorySegment;

/**
 * Where frames for the guest are written: the sender borrows room, fills it in place, publishes it.
 *
 * <p>Frames reach the guest in the order in which they were published. All of this belongs to the
 * loop's thread; nothing here allocates or blocks.
 */
public interface FrameSink {
  /** Answer of {@link #lend} and {@link #lendReply}: there is no room now. */
  long NO_ROOM = -1;

  /**
   * Whether data may be taken from sockets for the guest now. False while the guest doesn't take
   * what it was sent, or isn't connected; whoever is told so stops reading its socket and goes on
   * when its {@link RoomListener} is called.
   */
  boolean hasRoom();

  /** The memory that offsets given by this sink refer to; the same for the sink's whole life. */
  MemorySegment memory();

  /**
   * Borrows room for one frame of data. Frames lent one after the other are independent: each is
   * published or given back.
   *
   * @param capacity greatest length of the frame in bytes, from its Ethernet header on
   * @return offset of the frame's first byte in {@link #memory()}, or {@link #NO_ROOM}
   */
  long lend(int capacity);

  /**
   * Borrows room for an answer the guest waits for (an acknowledgement, a reply of ARP or DHCP),
   * from a reserve that data doesn't use. Counts the frame as dropped where there is no room.
   *
   * @param capacity greatest length of the frame in bytes
   * @return offset of the frame's first byte in {@link #memory()}, or {@link #NO_ROOM}
   */
  long lendReply(int capacity);

  /**
   * Hands over the oldest lent frame that is neither published nor given back. A frame that is
   * shorter than it was lent for gives back all that were lent after it. Frames under 60 bytes are
   * padded with zeros.
   *
   * @param length of the frame in bytes, without padding
   */
  void publish(int length);

  /** Gives back all that is lent and not published. */
  void giveBack();

  /** Sends what is published, as far as the guest's side takes it. */
  void flush();
}
