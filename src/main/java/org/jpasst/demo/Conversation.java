package org.jpasst.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.jpasst.net.IpAddress;

/**
 * What goes over one TCP connection to the {@link TrainingServer}: the client asks, the server
 * answers, so many times. The client tells the numbers first; the server closes first.
 *
 * @param rounds questions, each with its answer
 * @param question bytes in one
 * @param answer bytes in one
 */
record Conversation(int rounds, int question, int answer) {
  private static final int NUMBERS = 3 * Integer.BYTES;

  /** The server's part. */
  static void answer(InputStream from, OutputStream to) throws IOException {
    ByteBuffer numbers = ByteBuffer.wrap(from.readNBytes(NUMBERS));
    var it = new Conversation(numbers.getInt(), numbers.getInt(), numbers.getInt());
    byte[] answer = new byte[it.answer];
    for (int i = 0; i < it.rounds; i++) {
      from.skipNBytes(it.question);
      to.write(answer);
    }
  }

  /**
   * The client's part.
   *
   * @throws IOException if it does not come to its end
   */
  void hold(TcpClient client, IpAddress from, IpAddress to, int port) throws IOException {
    byte[] numbers =
        ByteBuffer.allocate(NUMBERS).putInt(rounds).putInt(question).putInt(answer).array();
    byte[] data = new byte[question];
    boolean alive = client.open(from, to, port) && client.send(numbers);
    for (int i = 0; alive && i < rounds; i++) {
      alive = client.send(data) && client.skip(answer);
    }
    if (!alive || !client.awaitEnd()) {
      throw new IOException("a connection came to a halt");
    }
  }
}
