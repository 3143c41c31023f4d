package org.jpasst.fuzz;

import java.io.IOException;
import java.util.SplittableRandom;
import org.jpasst.guest.stream.StreamLink;

/**
 * Frames of all kinds through a stream socket, to the whole program and to real sockets behind it.
 */
final class FramesTarget implements Target {
  private final FuzzedStack stack;
  private final StreamEnd end;
  private final Guest guest;
  private final OpenDescriptors open;

  FramesTarget() throws IOException {
    stack = new FuzzedStack(c -> new StreamLink(c.loop(), c.sockets(), c.counters(), c.log()));
    end = new StreamEnd(stack);
    guest = new Guest(stack, end, () -> true);
    end.open();
    open = new OpenDescriptors();
  }

  @Override
  public void begin() {
    guest.begin();
  }

  @Override
  public Input next(SplittableRandom random) {
    return guest.next(random);
  }

  @Override
  public void apply(Input input) {
    guest.apply(input);
  }

  @Override
  public void end() throws IOException {
    guest.deliver();
    guest.leave();
    open.check();
  }

  @Override
  public void close() {
    guest.close();
    end.close();
    stack.close();
  }
}
