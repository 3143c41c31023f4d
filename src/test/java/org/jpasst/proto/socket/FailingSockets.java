package org.jpasst.proto.socket;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.IntSupplier;
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

  /** Sockets with a call whose results the test makes up. */
  public static Sockets failing(String call, IntSupplier result) {
    Sockets real = new LinuxSockets();
    return (Sockets)
        Proxy.newProxyInstance(
            Sockets.class.getClassLoader(),
            new Class<?>[] {Sockets.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals(call)) {
                return result.getAsInt();
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
