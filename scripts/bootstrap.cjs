// Installs what the project needs, when it is not there yet. Runs before `npm start`, `npm test` and the other
// commands, on whatever Node.js the machine has: plain old JavaScript, no dependency.
//
// The tools need Node.js 22.13 or later, and under an older one npm silently leaves parts of them out. So the
// installation itself runs under the Node.js that the project pins (the npm package `node`), which npm also puts
// first on the path of every script afterwards.
"use strict";

var fs = require("fs");
var path = require("path");
var childProcess = require("child_process");

var NODE_MAJOR_MIN = 18;
var INSTALL_NODE_MAJOR_MIN = 24;
var PROGRESS_INTERVAL_MS = 2000;

var root = path.resolve(__dirname, "..");
var lockPath = path.join(root, "package-lock.json");
var stampPath = path.join(root, "node_modules", ".pleiad-installed");

main();

function main() {
  var major = Number(process.versions.node.split(".")[0]);
  if (major < NODE_MAJOR_MIN) {
    console.error(
      "Pleiad needs Node.js " + NODE_MAJOR_MIN + " or later to start; this is " + process.versions.node + ".",
    );
    process.exit(1);
  }
  if (process.platform === "win32") {
    console.error("Pleiad runs on Linux and macOS; on Windows, run it inside WSL2.");
    process.exit(1);
  }
  if (isInstalled()) buildDashboard();
  else install(major);
}

/** The page that daemons serve, where its sources changed since it was built: a second or two. */
function buildDashboard() {
  var script = path.join(root, "scripts", "dashboard.ts");
  if (!fs.existsSync(script)) return;
  var node = path.join(root, "node_modules/.bin/node");
  var built = childProcess.spawnSync(node, [script], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  // Without the page everything else works, and the page's address says what is missing.
  if (built.status !== 0) console.error("The dashboard's page could not be built; everything else goes on without it.");
}

/** What an installation depends on: the lock file, and the machine it was made for. */
function wantedStamp() {
  var lock = fs.readFileSync(lockPath);
  var hash = require("crypto").createHash("sha256").update(lock).digest("hex");
  return hash + " " + process.platform + " " + process.arch + "\n";
}

function isInstalled() {
  try {
    return (
      fs.readFileSync(stampPath, "utf8") === wantedStamp() &&
      fs.existsSync(path.join(root, "node_modules/.bin/node"))
    );
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

/**
 * Runs `npm install` under the pinned Node.js, and says every two seconds that it is still at it. Not `npm ci`: that
 * refuses a lock file without the packages of other platforms, which a registry may not offer. All versions are exact,
 * and the lock file is put back as it was.
 */
function install(major) {
  var pinned = require(path.join(root, "package.json")).devDependencies.node;
  var direct = major >= INSTALL_NODE_MAJOR_MIN;
  var command = direct ? "npm" : "npx";
  var npmArgs = ["install", "--no-save"];
  var args = direct ? npmArgs : ["-y", "-p", "node@" + pinned, "npm"].concat(npmArgs);
  var lock = fs.readFileSync(lockPath);
  console.log("Installing packages, once (about a minute) ...");
  var startedAt = Date.now();
  var output = [];
  var env = Object.assign({}, process.env, { npm_config_loglevel: "error", npm_config_progress: "false" });
  // The outer npm's own lifecycle settings must not reach the inner one.
  delete env.npm_config_json;
  var child = childProcess.spawn(command, args, { cwd: root, env: env, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.on("data", (chunk) => {
    output.push(chunk);
  });
  child.stderr.on("data", (chunk) => {
    output.push(chunk);
  });
  var timer = setInterval(() => {
    console.log("  ... installing, " + Math.round((Date.now() - startedAt) / 1000) + " s");
  }, PROGRESS_INTERVAL_MS);
  child.on("error", (error) => {
    fail(error.message);
  });
  child.on("exit", (code, signal) => {
    clearInterval(timer);
    // Before anything else: a failed installation leaves the checkout as it was, too.
    if (!lock.equals(fs.readFileSync(lockPath))) fs.writeFileSync(lockPath, lock);
    if (code !== 0)
      fail(Buffer.concat(output).toString("utf8") + "\n" + command + " ended with " + (signal || code));
    if (!fs.existsSync(path.join(root, "node_modules/.bin/node"))) {
      fail(
        "The package `node` has no program in it. Are install scripts switched off (npm config get ignore-scripts)?",
      );
    }
    fs.writeFileSync(stampPath, wantedStamp());
    console.log("Installed in " + Math.round((Date.now() - startedAt) / 1000) + " s.");
    buildDashboard();
  });

  function fail(message) {
    clearInterval(timer);
    console.error(message);
    console.error(
      "The installation failed. It needs the npm registry and about 1 GB of disk; run the command again.",
    );
    process.exit(1);
  }
}
