package org.jpasst.proto.tcp;

import org.jpasst.config.Configuration;
import org.jpasst.guest.FrameSink;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/**
 * What TCP needs to know of a run.
 *
 * @param mtu of the guest's link; 0 where none is told to the guest
 */
record TcpSettings(int mtu) {
  /** Default of RFC 9293 section 3.7.1 where the guest names no maximum segment size. */
  static final int DEFAULT_MSS4 = 536;

  /** The same for IPv6: 1280 less the headers. */
  static final int DEFAULT_MSS6 = 1220;

  /** Linux's TCP_MIN_SND_MSS: a smaller one only serves to waste our time. */
  static final int MIN_MSS = 48;

  /** The guest's page size, as far as we can guess it. */
  private static final int PAGE = 4096;

  /** Shift of the windows we offer: 65535 << 8 is just under 16 MiB (RFC 7323 section 2.2). */
  static final int WINDOW_SCALE = 8;

  /** Largest frame on the link, less its Ethernet header. */
  static final int MAX_PACKET = FrameSink.MAX_FRAME - EthernetHeader.LENGTH;

  /** Those of a run. */
  static TcpSettings of(Configuration configuration) {
    return new TcpSettings(configuration.mtu());
  }

  /**
   * The maximum segment size we tell the guest: as passt's, of whole pages if it is more than one,
   * so that the guest's kernel sends whole pages.
   *
   * @param timestamps whether segments will have timestamps, whose room the guest takes off
   */
  int offeredMss(boolean ipv4, boolean timestamps) {
    int options = timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
    int most = mssFor(ipv4, mtu == 0 ? MAX_PACKET : mtu);
    int payload = most - options;
    return payload > PAGE ? payload - payload % PAGE + options : most;
  }

  /**
   * Payload of our segments to the guest.
   *
   * @param told the guest's maximum segment size option, 0 if it sent none
   */
  static int usedMss(boolean ipv4, int told) {
    int asked = told == 0 ? (ipv4 ? DEFAULT_MSS4 : DEFAULT_MSS6) : Math.max(MIN_MSS, told);
    return Math.min(asked, mssFor(ipv4, MAX_PACKET));
  }

  /** Largest payload of a segment in a packet of so many bytes. */
  private static int mssFor(boolean ipv4, int mtu) {
    return mtu - IpFrame.ipLength(ipv4) - TcpHeader.LENGTH;
  }
}
