package io.kindling.cluster;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * Kindling and these tests as users bring them: in a jar that is submitted. Master, workers,
 * executors and drivers start without it on their class path, so that a class is found only where
 * Spark looks for an application's.
 */
public final class ApplicationJar {
  private static @Nullable Path jar;

  private ApplicationJar() {}

  /** The class path of Spark and all other libraries. */
  public static String sparkClassPath() {
    return entries(entry -> !isOurs(entry)).collect(Collectors.joining(File.pathSeparator));
  }

  /** The jar, made on first use. */
  public static synchronized Path get() {
    try {
      Path made = jar;
      if (made == null) {
        made = Files.createTempFile("application", ".jar");
        made.toFile().deleteOnExit();
        write(made);
        jar = made;
      }
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOurs(String entry) {
    Path path = Path.of(entry);
    return Files.isDirectory(path) || path.getFileName().toString().startsWith("kindling");
  }

  private static Stream<String> entries(Predicate<String> which) {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator)).filter(which);
  }

  private static void write(Path to) throws IOException {
    Set<String> names = new HashSet<>();
    try (OutputStream file = Files.newOutputStream(to);
        JarOutputStream out = new JarOutputStream(file)) {
      out.setLevel(1);
      for (String entry : entries(ApplicationJar::isOurs).toList()) {
        if (Files.isDirectory(Path.of(entry))) {
          addDirectory(Path.of(entry), names, out);
        } else {
          addJar(entry, names, out);
        }
      }
    }
  }

  private static void addDirectory(Path root, Set<String> names, JarOutputStream out)
      throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(root)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      add(root.relativize(file).toString(), Files.readAllBytes(file), names, out);
    }
  }

  private static void addJar(String path, Set<String> names, JarOutputStream out)
      throws IOException {
    try (JarFile jar = new JarFile(path)) {
      for (ZipEntry entry : jar.stream().filter(e -> !e.isDirectory()).toList()) {
        add(entry.getName(), jar.getInputStream(entry).readAllBytes(), names, out);
      }
    }
  }

  private static void add(String name, byte[] bytes, Set<String> names, JarOutputStream out)
      throws IOException {
    if (names.add(name)) {
      out.putNextEntry(new ZipEntry(name));
      out.write(bytes);
      out.closeEntry();
    }
  }
}
