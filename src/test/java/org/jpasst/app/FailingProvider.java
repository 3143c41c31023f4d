package org.jpasst.app;

import org.jpasst.guest.GuestLink;
import org.jpasst.guest.GuestLinkProvider;
import org.jpasst.guest.LinkContext;

/** A backend with a bug; its argument tells which. */
public final class FailingProvider implements GuestLinkProvider {
  /** For the service loader. */
  public FailingProvider() {}

  @Override
  public String name() {
    return "failing";
  }

  @Override
  public GuestLink open(String argument, LinkContext context) {
    switch (argument) {
      case "memory" -> throw new OutOfMemoryError("Java heap space");
      case "stack" -> recurse(0);
      default -> throw new IllegalStateException("a bug");
    }
    throw new AssertionError(argument);
  }

  private static int recurse(int depth) {
    return recurse(depth + 1) + 1;
  }
}
