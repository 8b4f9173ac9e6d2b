package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A command's Spark")
class SessionsTest {
  /** Prints the serializer that a job would have in this process. */
  static final class Serializer {
    private Serializer() {}

    public static void main(String[] args) {
      System.out.print(Sessions.conf("train").get("spark.serializer", "Spark's own"));
    }
  }

  @AfterEach
  void clear() {
    System.clearProperty("spark.hadoop.fs.s3a.retry.limit");
  }

  private static String serializer(List<String> options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(Serializer.class.getName());
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    return told;
  }

  @Test
  @DisplayName("has Kryo only where Java opens the packages that it reaches into")
  void kryo() throws Exception {
    assertEquals(
        "org.apache.spark.serializer.KryoSerializer",
        serializer(List.of(JavaModuleOptions.defaultModuleOptionArray())));
    assertEquals("Spark's own", serializer(List.of()));
  }

  @Test
  @DisplayName("bounds the retries of an object store unless the user did")
  void bounds() {
    System.setProperty("spark.hadoop.fs.s3a.retry.limit", "9");
    Configuration hadoop = Sessions.hadoop();
    assertEquals("9", hadoop.get("fs.s3a.retry.limit"));
    assertEquals("2", hadoop.get("fs.s3a.attempts.maximum"));
  }

  @Test
  @DisplayName("tells the address of a master that nobody answers at")
  void noMaster() throws Exception {
    InetAddress here = InetAddress.getByName("127.0.0.1");
    int closed;
    try (ServerSocket was = new ServerSocket(0, 1, here)) {
      closed = was.getLocalPort();
    }
    String master = "spark://127.0.0.1:" + closed;
    assertEquals(
        "no master answers at "
            + master
            + " (Connection refused); start it, or correct --master, and run it again",
        Sessions.unanswered(master));
    try (ServerSocket standby = new ServerSocket(0, 1, here)) {
      assertEquals("", Sessions.unanswered(master + ",127.0.0.1:" + standby.getLocalPort()));
    }
    assertEquals("", Sessions.unanswered("yarn"));
  }
}
