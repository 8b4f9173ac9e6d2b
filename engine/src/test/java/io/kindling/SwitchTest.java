package io.kindling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.tree.CaseTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A new data type must be a compile error wherever types are told apart. */
@DisplayName("A switch on an enum")
class SwitchTest {
  private static final JavaCompiler JAVAC = ToolProvider.getSystemJavaCompiler();

  /** Of a switch by its labels, which are bare names where they are constants of an enum. */
  private static final class Finder extends TreeScanner<Void, Void> {
    private final List<Set<String>> enums;
    private final CompilationUnitTree unit;
    private final List<String> faults = new ArrayList<>();

    Finder(List<Set<String>> enums, CompilationUnitTree unit) {
      this.enums = enums;
      this.unit = unit;
    }

    @Override
    public Void visitSwitch(SwitchTree tree, Void unused) {
      check(tree, tree.getCases(), true);
      return super.visitSwitch(tree, null);
    }

    @Override
    public Void visitSwitchExpression(SwitchExpressionTree tree, Void unused) {
      check(tree, tree.getCases(), false);
      return super.visitSwitchExpression(tree, null);
    }

    private void check(Tree tree, List<? extends CaseTree> cases, boolean statement) {
      Set<String> labels =
          cases.stream()
              .flatMap(c -> c.getExpressions().stream())
              .map(Object::toString)
              .collect(Collectors.toCollection(TreeSet::new));
      List<Set<String>> possible = enums.stream().filter(e -> e.containsAll(labels)).toList();
      boolean hasDefault = cases.stream().anyMatch(c -> c.getExpressions().isEmpty());
      if (labels.isEmpty() || possible.isEmpty()) {
        return;
      }
      String where = Path.of(unit.getSourceFile().getName()).getFileName() + ", case " + labels;
      if (hasDefault) {
        faults.add(where + " has a default");
      } else if (statement && !possible.contains(labels)) {
        faults.add(where + " leaves constants out");
      }
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String text) {
      super(URI.create("string:///Source.java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static List<String> faults(Iterable<? extends JavaFileObject> files) throws IOException {
    JavacTask task = (JavacTask) JAVAC.getTask(null, null, null, null, null, files);
    List<CompilationUnitTree> units = new ArrayList<>();
    task.parse().forEach(units::add);
    List<Set<String>> enums = new ArrayList<>();
    units.forEach(unit -> new Enums(enums).scan(unit, null));
    List<String> faults = new ArrayList<>();
    for (CompilationUnitTree unit : units) {
      Finder finder = new Finder(enums, unit);
      finder.scan(unit, null);
      faults.addAll(finder.faults);
    }
    return faults;
  }

  /** The constants of each enum. */
  private static final class Enums extends TreeScanner<Void, Void> {
    private final List<Set<String>> found;

    Enums(List<Set<String>> found) {
      this.found = found;
    }

    @Override
    public Void visitClass(ClassTree tree, Void unused) {
      if (tree.getKind() == Tree.Kind.ENUM) {
        String self = tree.getSimpleName().toString();
        Set<String> constants = new LinkedHashSet<>();
        for (Tree member : tree.getMembers()) {
          if (member instanceof VariableTree v
              && v.getInitializer() != null
              && v.getInitializer().getKind() == Tree.Kind.NEW_CLASS
              && v.getType().toString().equals(self)) {
            constants.add(v.getName().toString());
          }
        }
        found.add(constants);
      }
      return super.visitClass(tree, null);
    }
  }

  private static List<String> faults(String text) throws IOException {
    return faults(List.of(new Source("enum E { A, B { }, C } class X { " + text + " }")));
  }

  @Test
  @DisplayName("names every constant and has no default, in all sources")
  void exhaustive() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String root : new String[] {"src/main/java", "../spark-jobs/src/main/java"}) {
      try (Stream<Path> files = Files.walk(Path.of(root))) {
        files.filter(f -> f.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    assertTrue(sources.size() > 150, sources.size() + " sources");
    try (StandardJavaFileManager manager = JAVAC.getStandardFileManager(null, null, null)) {
      assertEquals(List.of(), faults(manager.getJavaFileObjectsFromPaths(sources)));
    }
  }

  @Test
  @DisplayName("is found when it has a default or leaves a constant out")
  void finds() throws IOException {
    String found = "Source.java, case [A, B] ";
    assertEquals(
        List.of(found + "has a default"),
        faults("int f(E e) { return switch (e) { case A -> 1; case B -> 2; default -> 3; }; }"));
    assertEquals(
        List.of(found + "has a default"),
        faults("void f(E e) { switch (e) { case A: case B: return; default: f(e); } }"));
    assertEquals(
        List.of(found + "leaves constants out"),
        faults("void f(E e) { switch (e) { case A, B -> f(e); } }"));
    assertEquals(List.of(), faults("int f(E e) { return switch (e) { case A, B, C -> 1; }; }"));
    assertEquals(
        List.of(), faults("int f(int i) { return switch (i) { case 1 -> 1; default -> 2; }; }"));
  }
}
