package org.jpasst.guest.vhostuser;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Fields as virtio and vhost-user have them, at any alignment (virtio 1.3 section 1.4). */
final class LittleEndian {
  static final ValueLayout.OfShort LE16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt LE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}
}
