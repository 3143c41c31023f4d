package org.jpasst.proto.socket;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;

/** Real sockets, save that one call always fails: nothing of what it would do happens. */
public final class FailingSockets {
  private FailingSockets() {}

  /**
   * Sockets with a call that fails.
   *
   * @param call the method of {@link Sockets}
   * @param result what it returns: a negated error number
   */
  public static Sockets failing(String call, int result) {
    return failing(call, () -> result);
  }

  /** Sockets with a call that fails once and is real ever after. */
  public static Sockets failingOnce(String call, int result) {
    var done = new AtomicBoolean();
    return intercepting(
        call, () -> done.getAndSet(true) ? OptionalInt.empty() : OptionalInt.of(result));
  }

  /** Sockets with a call whose results the test makes up. */
  public static Sockets failing(String call, IntSupplier result) {
    return intercepting(call, () -> OptionalInt.of(result.getAsInt()));
  }

  private static Sockets intercepting(String call, Supplier<OptionalInt> result) {
    Sockets real = new LinuxSockets();
    return (Sockets)
        Proxy.newProxyInstance(
            Sockets.class.getClassLoader(),
            new Class<?>[] {Sockets.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals(call)) {
                OptionalInt made = result.get();
                if (made.isPresent()) {
                  return made.getAsInt();
                }
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
