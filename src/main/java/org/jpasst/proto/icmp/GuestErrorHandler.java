package org.jpasst.proto.icmp;

/** Who takes the guest's ICMP errors about packets of one transport protocol. */
@FunctionalInterface
public interface GuestErrorHandler {
  /**
   * The guest says that a packet didn't arrive. Whether that was ever sent is yet to be found out.
   *
   * @param error shows another error after this call
   * @param now the turn's time
   */
  void onError(GuestError error, long now);
}
