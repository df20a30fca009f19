/* SPDX-License-Identifier: MIT */
#include "task/sigframe.h"

#include <evfd/types.h>

#include "lib/string.h"
#include "mm/usercopy.h"
#include "task/thread.h"

#define SA_ONSTACK UINT64_C(0x08000000)
#define SA_RESTORER UINT64_C(0x04000000)
#define RED_ZONE 128
#define MXCSR_OFFSET 24
#define MXCSR_VALID 0xffbfu
/* Flags that a program may have chosen itself. */
#define RFLAGS_USER UINT64_C(0x240dd5)

struct sigcontext {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx,
		rax, rcx, rsp, rip, rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t error, trap, old_mask, cr2, fpstate, reserved[8];
};

struct ucontext {
	uint64_t flags, link;
	struct signal_stack stack;
	struct sigcontext registers;
	uint64_t mask;
};

struct sigframe {
	uint64_t return_address;
	struct ucontext context;
	struct siginfo info;
};

_Static_assert(sizeof(struct siginfo) == 128, "Linux ABI");
_Static_assert(sizeof(struct sigcontext) == 256, "Linux ABI");
_Static_assert(sizeof(struct ucontext) == 304, "Linux ABI");

static void save(struct sigcontext *c, const struct trapframe *f)
{
	*c = (struct sigcontext){
		.r8 = f->r8,
		.r9 = f->r9,
		.r10 = f->r10,
		.r11 = f->r11,
		.r12 = f->r12,
		.r13 = f->r13,
		.r14 = f->r14,
		.r15 = f->r15,
		.rdi = f->rdi,
		.rsi = f->rsi,
		.rbp = f->rbp,
		.rbx = f->rbx,
		.rdx = f->rdx,
		.rax = f->rax,
		.rcx = f->rcx,
		.rsp = f->rsp,
		.rip = f->rip,
		.rflags = f->rflags,
		.cs = SEGMENT_USER_CODE,
		.ss = SEGMENT_USER_DATA,
	};
}

/* All but what decides about privilege. */
static void restore(struct trapframe *f, const struct sigcontext *c)
{
	f->r8 = c->r8, f->r9 = c->r9, f->r10 = c->r10, f->r11 = c->r11;
	f->r12 = c->r12, f->r13 = c->r13, f->r14 = c->r14, f->r15 = c->r15;
	f->rdi = c->rdi, f->rsi = c->rsi, f->rbp = c->rbp, f->rbx = c->rbx;
	f->rdx = c->rdx, f->rax = c->rax, f->rcx = c->rcx, f->rsp = c->rsp;
	f->rip = c->rip;
	f->rflags = (c->rflags & RFLAGS_USER) | RFLAGS_IF | 2;
}

/* Where the stack of the handler begins. */
static uint64_t stack_top(const struct trapframe *f, uint64_t sa_flags)
{
	const struct signal_stack *s = &thread_current()->signal_stack;
	bool is_on = s->size && f->rsp - s->base <= s->size;

	if (sa_flags & SA_ONSTACK && s->size && !is_on)
		return s->base + s->size;
	return f->rsp - RED_ZONE;
}

int sigframe_push(struct trapframe *f, const struct siginfo *info,
		  const struct signal_action *action, uint64_t old_mask)
{
	struct thread *me = thread_current();
	struct sigframe frame = { .return_address = action->restorer };
	uint64_t fpu, at;

	if (!(action->flags & SA_RESTORER) || action->handler >= USER_TOP)
		return EVFD_EFAULT;
	fpu = (stack_top(f, action->flags) - sizeof(me->fpu)) & ~UINT64_C(63);
	/* At a function's entry the stack is 8 bytes off a multiple of 16. */
	at = ((fpu - sizeof(frame)) & ~UINT64_C(15)) - 8;
	save(&frame.context.registers, f);
	frame.context.registers.fpstate = fpu;
	frame.context.stack = me->signal_stack;
	frame.context.mask = old_mask;
	frame.info = *info;
	thread_save_fpu(me);
	if (copy_to_user(fpu, me->fpu, sizeof(me->fpu)) ||
	    copy_to_user(at, &frame, sizeof(frame)))
		return EVFD_EFAULT;
	f->rsp = at;
	f->rip = action->handler;
	f->rdi = (uint64_t)info->signo;
	f->rsi = at + offsetof(struct sigframe, info);
	f->rdx = at + offsetof(struct sigframe, context);
	f->rax = 0;
	f->rflags &= ~(uint64_t)(RFLAGS_DF | RFLAGS_TF);
	return 0;
}

static int restore_fpu(uint64_t user_fpu)
{
	struct thread *me = thread_current();
	uint32_t mxcsr;

	if (!user_fpu)
		return 0;
	/* A switch in mid-copy would save over what has been copied. */
	unsigned char state[sizeof(me->fpu)];

	if (copy_from_user(state, user_fpu, sizeof(state)))
		return EVFD_EFAULT;
	memcpy(&mxcsr, state + MXCSR_OFFSET, sizeof(mxcsr));
	mxcsr &= MXCSR_VALID;
	memcpy(state + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	interrupts_disable();
	memcpy(me->fpu, state, sizeof(state));
	thread_load_fpu(me);
	interrupts_enable();
	return 0;
}

int sigframe_pop(struct trapframe *f, uint64_t *mask)
{
	struct ucontext c;
	uint64_t at = f->rsp - sizeof(uint64_t); /* the return popped one */

	if (copy_from_user(&c, at + offsetof(struct sigframe, context), sizeof(c)))
		return EVFD_EFAULT;
	if (c.registers.rip >= USER_TOP || restore_fpu(c.registers.fpstate))
		return EVFD_EFAULT;
	restore(f, &c.registers);
	*mask = c.mask;
	return 0;
}
