;;; drive.el --- Opens files, does what a user does, and looks at what Emacs shows  -*- lexical-binding: t -*-
;; The init file has been loaded; the working folder holds the files.

(require 'cl-lib)
(require 'flymake)

(defvar drive-passed 0)
(defvar drive-said nil "What was said in the echo area, the newest first.")
(advice-add 'message :before
            (lambda (form &rest arguments) (when form (push (apply #'format-message form arguments) drive-said))))
;; Nobody is there to answer.
(advice-add 'y-or-n-p :override #'always)
(advice-add 'completing-read :override (lambda (prompt &rest _) (error "Emacs asks: %s" prompt)))

(defun drive-fail (what)
  "End: WHAT did not come about."
  (princ (format "emacs: not so: %s\n%s\n" what (string-join (reverse (seq-take drive-said 30)) "\n")) #'external-debugging-output)
  (dolist (buffer (buffer-list))
    (when (string-match-p "EGLOT.*\\(events\\|stderr\\)" (buffer-name buffer))
      (with-current-buffer buffer
        (princ (buffer-substring (max (point-min) (- (point-max) 4000)) (point-max)) #'external-debugging-output))))
  (kill-emacs 1))

(defmacro expect (what &rest body)
  "Wait until BODY is true; its value.  WHAT is for people."
  `(drive-wait ,what (lambda () ,@body)))
(defun drive-wait (what ok)
  (let ((end (+ (float-time) 60)) found)
    (while (not (or (setq found (funcall ok)) (> (float-time) end)))
      (accept-process-output nil 0.05)
      ;; What Emacs does between keys.
      (run-hooks 'post-command-hook))
    (unless found (drive-fail what))
    (cl-incf drive-passed)
    found))

(defun says (text)
  "Whether something with TEXT was said since the last time."
  (when (cl-find-if (lambda (said) (string-search text said)) drive-said)
    (setq drive-said nil)
    t))

(defun visit (file)
  "Open FILE as a user does, and wait for the server."
  (find-file file)
  (expect (concat file " has a server") (eglot-managed-p))
  ;; By itself Flymake begins when the buffer is displayed; without a screen none is.
  (flymake-start))

(defun at (text)
  "Put point at the beginning of TEXT."
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(defun problems ()
  "The problems that Flymake shows: what each covers, and says."
  (mapcar (lambda (problem)
            (cons (buffer-substring-no-properties (flymake-diagnostic-beg problem) (flymake-diagnostic-end problem))
                  (flymake-diagnostic-text problem)))
          (flymake-diagnostics)))

(defun action (title)
  "The code action at point with TITLE."
  (cl-find-if (lambda (action) (string-search title (plist-get action :title))) (eglot-code-actions (point) (point))))

;; The page's first cell: trusted, and run.
(visit "first.glue.py")
(unless (eq major-mode 'glue-script-mode) (drive-fail "the mode is that of Glue scripts"))
(at "print")
(glue-ls-command "runCell")
(expect "nothing runs in a folder that is not trusted" (says "not allowed in"))
(glue-ls-command "trustFolder")
(expect "the folder is trusted" (says "may be run from now on"))
(glue-ls-command "runCell")
(expect "a result" (says "Cell 0: Hello 42"))
(glue-ls-command "showOutput")
(expect "the output as a file"
        (cl-find-if (lambda (buffer) (and (string-match-p "\\`glue-output-" (buffer-name buffer))
                                          (with-current-buffer buffer (string-search "Hello 42" (buffer-string)))))
                    (buffer-list)))

;; Problems, what a magic means, completion, a mistake mended.
(visit "mistakes.glue.py")
(expect "problems" (assoc "glue_versoin" (problems)))
(at "idle_timeout")
(let ((hover (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams))))
  (unless (string-search "%idle_timeout" (format "%S" hover)) (drive-fail "a hover"))
  (when (string-search "**" (format "%S" hover)) (drive-fail "words without Markdown")))
(goto-char (point-max))
(insert "# %worker_t")
(let* ((found (eglot-completion-at-point)) (names (all-completions "%worker_t" (nth 2 found))))
  (unless (cl-find "%worker_type" names :test #'string-search) (drive-fail (format "the completion %S" names)))
  (cl-incf drive-passed))
(at "versoin")
(eglot-execute (eglot-current-server) (expect "a quick fix" (action "glue_version")))
(expect "the mistake is mended" (save-excursion (goto-char (point-min)) (search-forward "# %glue_version 5.0" nil t)))
(expect "its problem is gone" (not (assoc "glue_versoin" (problems))))

;; A cell run by a code action, its error on its line, the next in the same session, an endless one cancelled.
(visit "cells.glue.py")
(at "wrong")
(eglot-execute (eglot-current-server) (expect "what runs a cell" (action "Run the cell")))
(expect "the error is said" (says "ZeroDivisionError"))
(expect "the error is a problem at its line"
        (cl-find-if (lambda (problem) (string-search "ZeroDivisionError" (cdr problem))) (problems)))
(at "while")
(glue-ls-command "runCell")
(expect "it runs" (string-match-p "READY\\|BUSY\\|running"
                                  (format "%S" (progn (glue-ls-command "sessionStatus") (accept-process-output nil 0.2) drive-said))))
(glue-ls-command "cancel")
(expect "it is cancelled" (says "cancelled"))
(at "print(")
(glue-ls-command "runCell")
(expect "the session goes on" (says "Cell 2: Grüße 𝕏 1 again"))

;; A choice that stands among the code actions.
(visit "choice.glue.py")
(at "chosen")
(glue-ls-command "runCell")
(expect "there is a choice" (says "code actions"))
(eglot-execute (eglot-current-server) (expect "one way on" (action "Run the settings cells first")))
(expect "both have run" (says "2 cells are done; Cell 1: settings came first"))

(dolist (buffer (buffer-list)) (with-current-buffer buffer (set-buffer-modified-p nil)))
(eglot-shutdown-all)
(princ (format "emacs: %d passed in Emacs %s\n" drive-passed emacs-version))
