package org.jpasst.app;

import java.io.IOException;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkContext;

/** Makes the link by which frames are exchanged with the guest. */
@FunctionalInterface
interface LinkFactory {
  /**
   * Makes it.
   *
   * @param takers what those do with the guest's frames who take them
   * @throws IOException if that can't be done, in one line
   */
  GuestLink make(LinkContext context, LinkCapabilities takers) throws IOException;
}
