package io.kindling.device.cpu;

import static org.objectweb.asm.Opcodes.*;

import io.kindling.device.formula.Expr;
import io.kindling.device.formula.Formula;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/**
 * Makes a class of a formula. Each loop is a method of its own, in the form that the JVM turns into
 * vector code; a class a formula and type keeps every call site of one kind. The class's source
 * file is the formula, so that a stack trace shows it.
 */
final class LoopCompiler {
  private static final String PACKAGE = "io/kindling/device/cpu/";
  private static final String OBJECT = "java/lang/Object";
  private static final String RUN =
      "([Ljava/lang/Object;[Ljava/lang/Object;[Ljava/lang/Object;I[D)V";
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name;
  private final Formula formula;
  private final Lane lane;
  private final OperandKinds kinds;
  private final List<Formula.Statement> statements;
  private final ClassWriter cw = new ClassWriter(ClassWriter.COMPUTE_FRAMES);

  /** The temporary array of each statement, -1 where it needs none. */
  private final int[] temps;

  private int tempCount;

  /** A loop with more than this is not unrolled by the JVM, and so does not become vector code. */
  private static final int HEAVY = 22;

  /** As {@link #HEAVY} where every output is written over an input. */
  private static final int HEAVY_IN_PLACE = 40;

  private LoopCompiler(String name, Formula formula, Lane lane, OperandKinds kinds) {
    this.name = name;
    this.formula = formula;
    this.lane = lane;
    this.kinds = kinds;
    this.statements = Stages.of(formula, this::isArrayCall);
    this.temps = new int[statements.size()];
  }

  static Loop compile(String name, Formula formula, Lane lane, OperandKinds kinds) {
    byte[] bytes = new LoopCompiler(name, formula, lane, kinds).bytes();
    return (Loop) instance(bytes, name + ": " + formula);
  }

  /** Of a class with {@link #constructor}. */
  static Object instance(byte[] bytes, String what) {
    try {
      return MethodHandles.lookup().defineClass(bytes).getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(what, e);
    }
  }

  private boolean isArrayCall(Expr e) {
    return e instanceof Expr.Call c
        && (c.function().ofRows()
            || (lane == Lane.F32 && VectorMath.OWNERS.containsKey(c.function())));
  }

  private boolean isRowNumber(int statement) {
    return statements.get(statement).value() instanceof Expr.Call c && c.function().isRowNumber();
  }

  private byte[] bytes() {
    String type = PACKAGE + "Loop_" + name + "_" + lane + "_" + COUNT.getAndIncrement();
    cw.visit(V17, ACC_FINAL | ACC_SUPER, type, null, OBJECT, new String[] {PACKAGE + "Loop"});
    cw.visitSource(formula.toString(), null);
    constructor(cw);
    List<List<Integer>> stages = stages();
    placeTemps(stages);
    MethodVisitor run = cw.visitMethod(ACC_PUBLIC, "run", RUN, null, null);
    run.visitCode();
    for (int i = 0; i < stages.size(); i++) {
      List<Integer> stage = stages.get(i);
      if (isArrayCall(statements.get(stage.get(0)).value())) {
        arrayCall(run, stage.get(0));
      } else {
        String loop = "loop" + i;
        new LoopMethod(cw.visitMethod(ACC_PRIVATE | ACC_STATIC, loop, RUN, null, null), stage)
            .emit();
        for (int slot = 1; slot <= 5; slot++) {
          run.visitVarInsn(slot == 4 ? ILOAD : ALOAD, slot);
        }
        run.visitMethodInsn(INVOKESTATIC, type, loop, RUN, false);
      }
    }
    run.visitInsn(RETURN);
    run.visitMaxs(0, 0);
    run.visitEnd();
    constant("temps", "()I", tempCount);
    constant("inPlace", "()J", inPlace(stages));
    cw.visitEnd();
    return cw.toByteArray();
  }

  static void constructor(ClassWriter cw) {
    MethodVisitor mv = cw.visitMethod(0, "<init>", "()V", null, null);
    mv.visitCode();
    mv.visitVarInsn(ALOAD, 0);
    mv.visitMethodInsn(INVOKESPECIAL, OBJECT, "<init>", "()V", false);
    mv.visitInsn(RETURN);
    mv.visitMaxs(0, 0);
    mv.visitEnd();
  }

  private void constant(String method, String descriptor, Object value) {
    MethodVisitor mv = cw.visitMethod(ACC_PUBLIC, method, descriptor, null, null);
    mv.visitCode();
    mv.visitLdcInsn(value);
    mv.visitInsn(Type.getReturnType(descriptor).getOpcode(IRETURN));
    mv.visitMaxs(0, 0);
    mv.visitEnd();
  }

  /** Statements that share a loop: as many as it can bear; an array call is a stage by itself. */
  private List<List<Integer>> stages() {
    List<List<Integer>> stages = new ArrayList<>();
    int most = isInPlace() ? HEAVY_IN_PLACE : HEAVY;
    int load = most + 1; // as good as full: nothing joins
    Set<Expr> read = new HashSet<>();
    for (int i = 0; i < statements.size(); i++) {
      boolean call = isArrayCall(statements.get(i).value());
      int weight = weight(statements.get(i), read);
      if (call || load + weight > most) {
        stages.add(new ArrayList<>());
        load = 0;
        read.clear(); // a loop of its own reads its inputs anew
        weight = weight(statements.get(i), read);
      }
      stages.get(stages.size() - 1).add(i);
      load = call ? most + 1 : load + weight;
    }
    return stages;
  }

  private boolean isInPlace() {
    return statements.stream().allMatch(s -> s.output() < 0 || kinds.sharedBy(s.output()) >= 0);
  }

  private static int weight(Formula.Statement s, Set<Expr> read) {
    return weight(s.value(), read) + (s.output() >= 0 ? 2 : 0);
  }

  /** Of its operations and of the inputs that the loop has not {@code read} yet. */
  private static int weight(Expr e, Set<Expr> read) {
    int own = e instanceof Expr.Input || e instanceof Expr.Call ? 2 : 1;
    boolean free = e instanceof Expr.Num || e instanceof Expr.Scalar || e instanceof Expr.Local;
    if (e instanceof Expr.Input && !read.add(e)) {
      free = true;
    }
    return (free ? 0 : own) + e.parts().stream().mapToInt(part -> weight(part, read)).sum();
  }

  /** See {@link Loop#inPlace}. */
  private long inPlace(List<List<Integer>> stages) {
    long mask = 0;
    for (int input = 0; input < formula.inputs(); input++) {
      int lastRead = 0;
      for (int s = 0; s < stages.size(); s++) {
        for (int i : stages.get(s)) {
          lastRead = reads(statements.get(i).value(), input) ? s : lastRead;
        }
      }
      for (int s = lastRead; s < stages.size(); s++) {
        for (int i : stages.get(s)) {
          int output = statements.get(i).output();
          mask |= output < 0 ? 0 : 1L << 8 * output + input;
        }
      }
    }
    return mask;
  }

  private static boolean reads(Expr e, int input) {
    return (e instanceof Expr.Input in && in.index() == input)
        || e.parts().stream().anyMatch(part -> reads(part, input));
  }

  /** A statement needs an array of its own where another stage reads it. */
  private void placeTemps(List<List<Integer>> stages) {
    int[] stageOf = new int[statements.size()];
    for (int s = 0; s < stages.size(); s++) {
      for (int i : stages.get(s)) {
        stageOf[i] = s;
        temps[i] = -1;
      }
    }
    for (int i = 0; i < statements.size(); i++) {
      boolean call = isArrayCall(statements.get(i).value());
      readsOf(statements.get(i).value(), call, i, stageOf);
      if (call && statements.get(i).output() < 0 && temps[i] < 0) {
        temps[i] = tempCount++;
      }
    }
  }

  private void readsOf(Expr e, boolean call, int reader, int[] stageOf) {
    if (e instanceof Expr.Local l) {
      int from = l.statement();
      if ((call || stageOf[from] != stageOf[reader]) && temps[from] < 0) {
        temps[from] = tempCount++;
      }
    }
    e.parts().forEach(part -> readsOf(part, call, reader, stageOf));
  }

  /**
   * {@code VectorMath.f(x, ..., to, n)}, then a copy where both an output and a later stage need
   * it.
   */
  private void arrayCall(MethodVisitor mv, int statement) {
    String type = arrayOf(lane.type).getDescriptor();
    Expr.Call call = (Expr.Call) statements.get(statement).value();
    Class<?> in = Objects.requireNonNull(VectorMath.OWNERS.get(call.function()));
    String owner = Type.getInternalName(in);
    if (isRowNumber(statement)) {
      array(mv, 3, temps[statement], type);
      mv.visitInsn(ICONST_0);
    }
    StringBuilder descriptor = new StringBuilder("(");
    for (Expr argument : call.arguments()) {
      if (argument instanceof Expr.Input input) {
        array(mv, 1, input.index(), type);
      } else {
        array(mv, 3, temps[((Expr.Local) argument).statement()], type);
      }
      descriptor.append(type);
    }
    int output = statements.get(statement).output();
    if (isRowNumber(statement)) {
      mv.visitVarInsn(ILOAD, 4);
      descriptor.append("I)").append(lane.type.getDescriptor());
      mv.visitMethodInsn(INVOKESTATIC, owner, call.function().text(), descriptor.toString(), false);
      mv.visitInsn(lane.type.getOpcode(IASTORE));
      return;
    }
    if (temps[statement] >= 0) {
      array(mv, 3, temps[statement], type);
    } else {
      array(mv, 2, output, type);
    }
    mv.visitVarInsn(ILOAD, 4);
    mv.visitMethodInsn(
        INVOKESTATIC, owner, call.function().text(), descriptor + type + "I)V", false);
    if (temps[statement] >= 0 && output >= 0) {
      array(mv, 3, temps[statement], type);
      mv.visitInsn(ICONST_0);
      array(mv, 2, output, type);
      mv.visitInsn(ICONST_0);
      mv.visitVarInsn(ILOAD, 4);
      mv.visitMethodInsn(
          INVOKESTATIC,
          "java/lang/System",
          "arraycopy",
          "(Ljava/lang/Object;ILjava/lang/Object;II)V",
          false);
    }
  }

  private static void array(MethodVisitor mv, int table, int index, String type) {
    mv.visitVarInsn(ALOAD, table);
    mv.visitLdcInsn(index);
    mv.visitInsn(AALOAD);
    mv.visitTypeInsn(CHECKCAST, type);
  }

  /** One loop: {@code for (i = 0; i < n; i++)} over the statements of a stage. */
  private final class LoopMethod {
    private final MethodVisitor mv;
    private final List<Integer> stage;
    private final LoopEmitter emitter;

    LoopMethod(MethodVisitor mv, List<Integer> stage) {
      this.mv = mv;
      this.stage = stage;
      this.emitter = new LoopEmitter(mv, lane, kinds);
    }

    void emit() {
      mv.visitCode();
      for (int i : stage) {
        emitter.open(
            statements.get(i).value(),
            l -> stage.contains(l) ? -1 : temps[l],
            LoopCompiler.this::isRowNumber);
        if (statements.get(i).output() >= 0) {
          emitter.openOutput(statements.get(i).output());
        }
        if (temps[i] >= 0) {
          emitter.openTemp(temps[i]);
        }
      }
      emitter.begin();
      for (int i : stage) {
        emitter.statement(i, statements.get(i), temps[i]);
      }
      emitter.end();
      mv.visitMaxs(0, 0);
      mv.visitEnd();
    }
  }

  static Type arrayOf(Type element) {
    return Type.getType("[" + element.getDescriptor());
  }
}
