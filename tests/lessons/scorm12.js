// A course platform's SCORM 1.2 API, as the Run-Time Environment describes it: types, vocabularies,
// error codes, and a store that keeps what was committed. `launch(file)` opens a visit in a frame,
// `crash()` takes it away as a power cut does, `leave()` as a learner does.
const READ = "r", WRITE = "w", BOTH = "rw";
const text = (most) => (v) => v.length <= most;
const words = (...all) => (v) => all.includes(v);
const score = (v) => v === "" || (/^-?\d+(\.\d+)?$/.test(v) && +v >= 0 && +v <= 100);
const MODEL = {
  "cmi.core.student_id": [READ], "cmi.core.student_name": [READ], "cmi.core.credit": [READ],
  "cmi.core.entry": [READ], "cmi.core.total_time": [READ], "cmi.core.lesson_mode": [READ],
  "cmi.launch_data": [READ],
  "cmi.core.lesson_location": [BOTH, text(255)],
  "cmi.core.lesson_status": [BOTH, words("passed", "completed", "failed", "incomplete", "browsed")],
  "cmi.core.score.raw": [BOTH, score], "cmi.core.score.min": [BOTH, score], "cmi.core.score.max": [BOTH, score],
  "cmi.core.exit": [WRITE, words("time-out", "suspend", "logout", "")],
  "cmi.core.session_time": [WRITE, (v) => /^\d{2,4}:[0-5]\d:[0-5]\d(\.\d{1,2})?$/.test(v)],
  "cmi.suspend_data": [BOTH, text(4096)],
};
const CHILDREN = { "cmi.core._children": 1, "cmi.core.score._children": 1 };

globalThis.errors = [];
globalThis.sets = [];
globalThis.mode = "normal";
let stored = {}; // what outlives a visit
let frame;

function session() {
  const values = {
    "cmi.core.lesson_status": "not attempted", "cmi.core.lesson_location": "", "cmi.suspend_data": "",
    "cmi.core.score.raw": "", "cmi.core.score.min": "", "cmi.core.score.max": "", "cmi.launch_data": "",
    "cmi.core.student_id": "s1", "cmi.core.student_name": "Doe, Jo", "cmi.core.credit": "credit",
    "cmi.core.total_time": "0000:00:00", "cmi.core.entry": "ab-initio", ...stored, "cmi.core.lesson_mode": mode,
  };
  let state = "new";
  let last = 0;
  const fails = (code, what) => {
    last = code;
    if (code) errors.push([code, what]);
    return code ? "false" : "true";
  };
  const commit = () => (stored = { ...values });
  return {
    LMSInitialize: (nothing) => {
      if (nothing !== "") return fails(201, "LMSInitialize");
      if (state !== "new") return fails(101, "LMSInitialize");
      state = "open";
      return fails(0);
    },
    LMSFinish: (nothing) => {
      if (nothing !== "") return fails(201, "LMSFinish");
      if (state !== "open") return fails(301, "LMSFinish");
      state = "over";
      const suspended = values["cmi.core.exit"] === "suspend";
      if (!suspended) values["cmi.suspend_data"] = values["cmi.core.lesson_location"] = "";
      values["cmi.core.entry"] = suspended ? "resume" : "";
      delete values["cmi.core.exit"];
      commit();
      return fails(0);
    },
    LMSGetValue: (name) => {
      if (state !== "open") return fails(301, name) && "";
      if (name in CHILDREN) return fails(0) && "";
      if (!(name in MODEL)) return fails(name.endsWith("_count") ? 203 : 401, name) && "";
      if (MODEL[name][0] === WRITE) return fails(404, name) && "";
      fails(0);
      return values[name];
    },
    LMSSetValue: (name, value) => {
      if (state !== "open") return fails(301, name);
      if (name in CHILDREN) return fails(402, name);
      if (!(name in MODEL)) return fails(401, name);
      const [kind, fits] = MODEL[name];
      if (kind === READ) return fails(403, name);
      if (typeof value !== "string" || !fits(value)) return fails(405, `${name}=${value}`);
      sets.push([name, value]);
      values[name] = value;
      return fails(0);
    },
    LMSCommit: (nothing) => {
      if (nothing !== "") return fails(201, "LMSCommit");
      if (state !== "open") return fails(301, "LMSCommit");
      commit();
      return fails(0);
    },
    LMSGetLastError: () => String(last),
    LMSGetErrorString: (code) => `error ${code}`,
    LMSGetDiagnostic: (code) => `error ${code}`,
    crash: () => (state = "cut"),
    cut: () => state === "cut",
  };
}

globalThis.launch = () => {
  const api = session();
  // After a power cut nothing reaches the platform any more, not even a complaint.
  globalThis.API = new Proxy(api, { get: (own, name) => (...all) => (own.cut() ? "false" : own[name](...all)) });
  globalThis.crash = () => {
    api.crash();
    frame.remove();
  };
  frame = Object.assign(document.createElement("iframe"), { src: "clip/index.html", width: 900, height: 1200 });
  document.body.append(frame);
};
globalThis.leave = () => frame.remove();
globalThis.value = (name) => stored[name] ?? "";
